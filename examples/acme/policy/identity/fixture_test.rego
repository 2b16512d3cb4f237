package policy.identity_test

# A call that identity has nothing against.
calm := {
	"agent": {"id": "support-bot", "scope": "support", "owner_team": "cx", "version": "3.2.0", "chain": []},
	"user": {
		"id": "mara", "kind": "human", "groups": ["support-tier-2"],
		"data_classifications_authorized": ["public", "internal", "customer_data", "payment_data"],
	},
}

agent(id, scope) := object.union(calm, {"agent": {"id": id, "scope": scope, "version": "unknown"}})

user(id, kind, groups) := object.union(calm, {"user": {"id": id, "kind": kind, "groups": groups}})
