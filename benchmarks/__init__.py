"""Speed, measured as ratios against what a user would pick instead; `make bench` runs it."""
