"""The scale of a kernel: its law in linear networks, and its saddle in any."""
