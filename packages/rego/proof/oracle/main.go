// Command oracle answers what OPA itself answers, for tests that compare packages/rego with it.
//
//	oracle cases          OPA's compliance cases with their plans, one JSON object a line
//	oracle serve          one JSON request a line on standard input, one answer a line, in the same order
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	registerTestBuiltins()
	switch {
	case len(args) == 1 && args[0] == "cases":
		return dumpCases(out)
	case len(args) == 1 && args[0] == "serve":
		return serve(os.Stdin, out)
	default:
		return fmt.Errorf("usage: oracle cases | serve")
	}
}
