"""The search for the rule that keeps most information, with a certificate."""
