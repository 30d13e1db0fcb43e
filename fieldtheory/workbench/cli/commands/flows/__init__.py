"""The flows of `fieldtheory flow`, one file each."""
