"""The steps of a job, from the words of a command to finished pictures."""
