"""Evidence: what people decided about a change, collected and verified. Whether it counts, the gate says."""
