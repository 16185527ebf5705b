"""The steps of a job, from the user's keywords to finished pictures."""
