"""Programs of zonal operations, and their values on the sphere."""
