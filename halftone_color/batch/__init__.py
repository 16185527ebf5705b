"""Many files: plan, work, report."""
