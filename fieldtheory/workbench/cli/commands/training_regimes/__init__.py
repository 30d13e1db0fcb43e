"""The commands of `fieldtheory regimes`, a file each."""
