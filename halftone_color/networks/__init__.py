"""Network architectures: nn.Module only, no files, devices or losses."""
