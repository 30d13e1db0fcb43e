"""What holds for all tests: no time limit decides one, as the load of a machine would."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
