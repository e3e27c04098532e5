"""What writes: new records and repositories, canonical form, renames. Each plans first, then all is written or none."""
