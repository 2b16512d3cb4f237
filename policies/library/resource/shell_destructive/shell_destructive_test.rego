package policy.resource_test

import data.policy.resource

shell_destructive_settings := {"arguments": ["command", "cmd", "commands", "script", "shell", "shell_command", "bash", "argv", "code"], "patterns": ["\\brm\\s+(-\\S+\\s+)*-\\S*[rf]", "(^|[^\\w-])rm[ \\t][^;&|\\n]*\\s-([a-z]*[rf]|-[rf])", "\\bmkfs", "\\bdd\\s.*\\bof=", ">\\s*/dev/(sd|nvme|disk|mem)", "\\b(shutdown|reboot|halt|poweroff)\\b", "\\bchmod\\s+(-\\S+\\s+)*(0?777|a\\+w|u\\+s)", "\\bchown\\s+(-\\S+\\s+)*-\\S*r", ":\\(\\)\\s*\\{", "\\bgit\\s+push\\s.*(--force|-f\\b|--mirror|--delete)", "\\bgit\\s+push\\s([^;&|\\n]*\\s)?(-d\\s|[\"'`]?[+:]\\S)", "\\bgit\\s+(reset\\s+--hard|clean\\s+-\\S*f|filter-branch)", "\\bkubectl\\s.*\\b(delete|drain)\\b", "\\bterraform\\s.*\\b(destroy|apply)\\b", "\\bdocker\\s.*\\b(prune|rm|rmi)\\b", "\\baws\\s.*\\b(delete|terminate|remove|rb)", "\\bfind\\s.*-(delete|exec)\\b", "\\b(shred|wipefs|fdisk|parted)\\b", "\\btruncate\\s([^;&|\\n]*\\s)?-(-size|-reference|[co]*[sr])", "\\b(kill|killall|pkill)\\s+-(9|kill)", "\\bcrontab\\s+-r", "\\b(userdel|passwd|visudo|sudo|su)\\b", "\\b(iptables|nft|ufw)\\b", "\\b(format|del|rd|rmdir)\\s+/[a-z]", "\\bremove-item\\s.*-(recurse|force)", "\\bhistory\\s+-c"], "exempt_tools": []}

shell_destructive_call := {"action": {"tool": "shell.run", "args": {}}}

test_shell_destructive_ordinary_commands_are_not_denied if {
	every part in [
		{"action": {"args": {"command": "ls -la"}}},
		{"action": {"args": {"command": "git status"}}},
		{"action": {"args": {"command": "rm old.txt"}}},
		{"action": {"args": {"command": "rm notes.txt -i"}}},
		{"action": {"args": {"command": "rm notes.txt; ls -rt"}}},
		{"action": {"args": {"command": "rm notes.txt\nls -rt"}}},
		{"action": {"args": {"command": "podman run --rm alpine grep -r x"}}},
		{"action": {"args": {"command": "npm run format"}}},
		{"action": {"args": {"command": "git push origin main"}}},
		{"action": {"args": {"command": "git push origin HEAD:main"}}},
		{"action": {"args": {"command": "git push && echo :done"}}},
		{"action": {"args": {"command": "truncate --help"}}},
		{"action": {"args": {"command": "kubectl get pods"}}},
		{"action": {"args": {"command": "docker ps"}}},
		{"action": {"args": {"command": ""}}},
		{"action": {"args": {"command": ["git", "log", "--oneline"]}}},
	] {
		not "shell_destructive" in resource.deny with input as object.union(shell_destructive_call, part)
			with data.policy.resource.library.shell_destructive as shell_destructive_settings
	}
}

test_shell_destructive_destructive_commands_are_denied if {
	every part in [
		{"action": {"args": {"command": "rm -rf /"}}},
		{"action": {"args": {"command": "RM -fr x"}}},
		{"action": {"args": {"command": "rm --verbose -r x"}}},
		{"action": {"args": {"command": "rm /data -rf"}}},
		{"action": {"args": {"command": "rm -i /data --recursive"}}},
		{"action": {"args": {"command": "cd / && /bin/rm data logs -f"}}},
		{"action": {"args": {"command": ["rm", "/data", "-rf"]}}},
		{"action": {"args": {"command": "truncate -s 0 /data/db"}}},
		{"action": {"args": {"command": "truncate /data/db -cs0"}}},
		{"action": {"args": {"command": "truncate --size=0 /data/db"}}},
		{"action": {"args": {"command": "truncate -r /dev/null /data/db"}}},
		{"action": {"args": {"command": "sudo ls"}}},
		{"action": {"args": {"command": "mkfs.ext4 /dev/sda1"}}},
		{"action": {"args": {"command": "dd if=/dev/zero of=/dev/sda"}}},
		{"action": {"args": {"command": "git push --force origin main"}}},
		{"action": {"args": {"command": "git push -f"}}},
		{"action": {"args": {"command": "git push -d origin main"}}},
		{"action": {"args": {"command": "git push origin +main"}}},
		{"action": {"args": {"command": "git push origin '+main'"}}},
		{"action": {"args": {"command": "git push --quiet origin :main"}}},
		{"action": {"args": {"command": "git reset --hard HEAD~3"}}},
		{"action": {"args": {"command": "kubectl -n x delete pod a"}}},
		{"action": {"args": {"command": "terraform destroy -auto-approve"}}},
		{"action": {"args": {"command": "chmod -R 777 ."}}},
		{"action": {"args": {"command": ":(){ :|:& };:"}}},
		{"action": {"args": {"command": "find . -name x -delete"}}},
		{"action": {"args": {"command": "aws s3 rb s3://x"}}},
		{"action": {"args": {"command": "echo ok && shutdown now"}}},
		{"action": {"args": {"command": ["rm", "-rf", "x"]}}},
		{"action": {"args": {"command": ["echo ok", "reboot"]}}},
	] {
		"shell_destructive" in resource.deny with input as object.union(shell_destructive_call, part)
			with data.policy.resource.library.shell_destructive as shell_destructive_settings
	}
}

test_shell_destructive_what_is_no_text_is_denied if {
	every part in [
		{"action": {"args": {"command": 7}}},
		{"action": {"args": {"command": null}}},
		{"action": {"args": {"command": {"a": "rm -rf x"}}}},
		{"action": {"args": {"command": ["ls", 7]}}},
	] {
		"shell_destructive" in resource.deny with input as object.union(shell_destructive_call, part)
			with data.policy.resource.library.shell_destructive as shell_destructive_settings
	}
}

test_shell_destructive_a_call_without_a_command_is_not_denied if {
	every part in [
		{"action": {"args": {}}},
		{"action": {"args": {"note": "rm -rf /"}}},
	] {
		not "shell_destructive" in resource.deny with input as object.union(shell_destructive_call, part)
			with data.policy.resource.library.shell_destructive as shell_destructive_settings
	}
}

test_shell_destructive_an_exempt_tool_is_not_denied if {
	given := object.union(shell_destructive_call, {"action": {"args": {"command": "rm -rf x"}}})
	settings := {"arguments": ["command", "cmd", "commands", "script", "shell", "shell_command", "bash", "argv", "code"], "patterns": ["\\brm\\s+(-\\S+\\s+)*-\\S*[rf]", "(^|[^\\w-])rm[ \\t][^;&|\\n]*\\s-([a-z]*[rf]|-[rf])", "\\bmkfs", "\\bdd\\s.*\\bof=", ">\\s*/dev/(sd|nvme|disk|mem)", "\\b(shutdown|reboot|halt|poweroff)\\b", "\\bchmod\\s+(-\\S+\\s+)*(0?777|a\\+w|u\\+s)", "\\bchown\\s+(-\\S+\\s+)*-\\S*r", ":\\(\\)\\s*\\{", "\\bgit\\s+push\\s.*(--force|-f\\b|--mirror|--delete)", "\\bgit\\s+push\\s([^;&|\\n]*\\s)?(-d\\s|[\"'`]?[+:]\\S)", "\\bgit\\s+(reset\\s+--hard|clean\\s+-\\S*f|filter-branch)", "\\bkubectl\\s.*\\b(delete|drain)\\b", "\\bterraform\\s.*\\b(destroy|apply)\\b", "\\bdocker\\s.*\\b(prune|rm|rmi)\\b", "\\baws\\s.*\\b(delete|terminate|remove|rb)", "\\bfind\\s.*-(delete|exec)\\b", "\\b(shred|wipefs|fdisk|parted)\\b", "\\btruncate\\s([^;&|\\n]*\\s)?-(-size|-reference|[co]*[sr])", "\\b(kill|killall|pkill)\\s+-(9|kill)", "\\bcrontab\\s+-r", "\\b(userdel|passwd|visudo|sudo|su)\\b", "\\b(iptables|nft|ufw)\\b", "\\b(format|del|rd|rmdir)\\s+/[a-z]", "\\bremove-item\\s.*-(recurse|force)", "\\bhistory\\s+-c"], "exempt_tools": ["shell.run"]}
	not "shell_destructive" in resource.deny with input as given
		with data.policy.resource.library.shell_destructive as settings
}

test_shell_destructive_other_patterns_may_be_named if {
	given := object.union(shell_destructive_call, {"action": {"args": {"command": "ls"}}})
	settings := {"arguments": ["command", "cmd", "commands", "script", "shell", "shell_command", "bash", "argv", "code"], "patterns": ["\\bls\\b"], "exempt_tools": []}
	"shell_destructive" in resource.deny with input as given
		with data.policy.resource.library.shell_destructive as settings
}

test_shell_destructive_holds_for_every_call_without_configuration if {
	"shell_destructive" in resource.deny with input as {}
		with data.policy.resource.library.shell_destructive as {}
}
