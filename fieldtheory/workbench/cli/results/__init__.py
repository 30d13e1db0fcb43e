"""What commands compute: each result holds its columns, and can be written as data or drawn."""
