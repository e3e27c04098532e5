"""Where votes come from: each module of this shelf turns one source of evidence into votes, or says why it is none."""
