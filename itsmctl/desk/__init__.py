"""What writes: new records and new repositories. Each plans its files first, then all are written or none."""
