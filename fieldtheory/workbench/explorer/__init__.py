"""The explorer, `fieldtheory explore`: sliders over a learning curve, on a page served to this machine."""
