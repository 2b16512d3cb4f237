// Command library is OPA as a Go program embeds it, measured from JSON text to JSON text. It loads the policy set of a folder,
// then answers requests, a line of JSON each, until standard input ends.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

type request struct {
	Kind         string  `json:"kind"`
	Milliseconds float64 `json:"milliseconds"`
}

type decider struct {
	query  rego.PreparedEvalQuery
	inputs []string
	next   atomic.Int64
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder string) error {
	d, err := prepare(folder)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	if err := out.Encode(map[string]string{"kind": "ready"}); err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			return err
		}
		answer, err := d.answer(asked)
		if err != nil {
			return err
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func prepare(folder string) (*decider, error) {
	text, err := os.ReadFile(filepath.Join(folder, "inputs.json"))
	if err != nil {
		return nil, err
	}
	d := &decider{}
	if err := json.Unmarshal(text, &d.inputs); err != nil {
		return nil, err
	}
	file, err := os.Open(filepath.Join(folder, "bundle.tar.gz"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	loaded, err := bundle.NewReader(file).Read()
	if err != nil {
		return nil, err
	}
	// The store as it is quickest: it keeps data in the form that evaluation needs.
	store := inmem.NewWithOpts(inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
	ctx := context.Background()
	transaction, err := store.NewTransaction(ctx, storage.WriteParams)
	if err != nil {
		return nil, err
	}
	d.query, err = rego.New(
		rego.Query("data.bailiff.decision"),
		rego.Store(store),
		rego.Transaction(transaction),
		rego.ParsedBundle("release", &loaded),
		rego.StrictBuiltinErrors(true),
	).PrepareForEval(ctx)
	if err != nil {
		return nil, err
	}
	return d, store.Commit(ctx, transaction)
}

func (d *decider) answer(asked request) (any, error) {
	slice := time.Duration(asked.Milliseconds * float64(time.Millisecond))
	switch asked.Kind {
	case "answers":
		answers := make([]string, len(d.inputs))
		for index := range d.inputs {
			text, err := d.decide(index)
			if err != nil {
				return nil, err
			}
			answers[index] = string(text)
		}
		return map[string]any{"kind": "answers", "answers": answers}, nil
	case "latencies":
		return d.latencies(slice)
	case "load":
		return d.load(slice)
	}
	return map[string]string{"kind": "unknown"}, nil
}

// decide goes from text to text, with numbers kept as they are spelled.
func (d *decider) decide(index int) ([]byte, error) {
	input, err := ast.ValueFromReader(bytes.NewReader([]byte(d.inputs[index])))
	if err != nil {
		return nil, err
	}
	results, err := d.query.Eval(context.Background(), rego.EvalParsedInput(input))
	if err != nil {
		return nil, err
	}
	if len(results) != 1 {
		return nil, fmt.Errorf("input %d has %d results", index, len(results))
	}
	return json.Marshal(results[0].Expressions[0].Value)
}

func (d *decider) draw() int {
	return int(d.next.Add(1) % int64(len(d.inputs)))
}

func (d *decider) latencies(slice time.Duration) (any, error) {
	var samples []float64
	before := time.Now()
	for end := before.Add(slice); before.Before(end); {
		if _, err := d.decide(d.draw()); err != nil {
			return nil, err
		}
		after := time.Now()
		samples = append(samples, float64(after.Sub(before))/1e3)
		before = after
	}
	slices.Sort(samples)
	at := func(share float64) float64 {
		return samples[min(len(samples)-1, int(float64(len(samples))*share))]
	}
	return map[string]any{"kind": "latencies", "count": len(samples), "p50": at(0.5), "p99": at(0.99)}, nil
}

// load uses every processor, as a server would.
func (d *decider) load(slice time.Duration) (any, error) {
	var count atomic.Int64
	var failed atomic.Value
	var group sync.WaitGroup
	end := time.Now().Add(slice)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for time.Now().Before(end) {
				if _, err := d.decide(d.draw()); err != nil {
					failed.Store(err)
					return
				}
				count.Add(1)
			}
		})
	}
	group.Wait()
	if err, ok := failed.Load().(error); ok {
		return nil, err
	}
	return map[string]any{"kind": "load", "count": count.Load()}, nil
}
