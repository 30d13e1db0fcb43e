"""The workbench: what a user touches. Learning curves, simulation, pictures, command line."""
