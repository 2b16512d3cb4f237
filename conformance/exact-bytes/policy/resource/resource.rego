package policy.resource

# METADATA
# title: Everything is granted
# description: Whatever any server has may be used.
# custom:
#   owner: exact-bytes
#   reason: everything_granted
allow contains "everything" if input.action.server != ""
