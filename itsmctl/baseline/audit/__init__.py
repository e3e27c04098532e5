"""A baseline held against what was observed: mapped, matched, compared, told. Reads git objects and files; writes none.

`expected` has the items as they were frozen, `mapping` what columns mean, `observed` the rows as fields (`circular`
refuses what was made from records), `matching` who is who, `verdicts` what differs, `pages` says it.
"""
