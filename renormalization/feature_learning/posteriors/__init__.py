"""What a theory of posteriors is given and answers, and what several of them start from."""
