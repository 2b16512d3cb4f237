package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/compile"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

const (
	// Prepared queries kept; all are dropped when there are more.
	preparedMax = 512
	// Requests evaluated at once.
	workers = 4
	// An evaluation that takes longer is ended, with eval_cancel_error.
	evaluationTimeout = 20 * time.Second
)

// request is one line of standard input.
type request struct {
	ID      json.RawMessage   `json:"id"`
	Op      string            `json:"op"` // "", "plan" or "builtins"
	Modules map[string]string `json:"modules"`
	Query   string            `json:"query"`
	// The input as a JSON value, or its text; neither means no input.
	Input     json.RawMessage `json:"input"`
	InputText *string         `json:"input_text"`
	Data      json.RawMessage `json:"data"`
	Strict    bool            `json:"strict"`
	NowNs     json.RawMessage `json:"now_ns"` // a number or a string
	Seed      string          `json:"seed"`   // hexadecimal
	// Without the shortcuts by which OPA leaves out what a plan evaluates: early exit, and indices of rules and comprehensions.
	Exhaustive bool `json:"exhaustive"`
	// For "plan": paths such as "a/b/c".
	Entrypoints []string `json:"entrypoints"`
}

// answer is one line of standard output.
type answer struct {
	ID      json.RawMessage   `json:"id"`
	Defined bool              `json:"defined"`
	Results []json.RawMessage `json:"results,omitempty"`
	// The same results, each as text within a string: readers of JSON tend to lose how numbers are spelled.
	Texts    []string                     `json:"texts,omitempty"`
	Bindings []map[string]json.RawMessage `json:"bindings,omitempty"`
	Builtins []*ast.Builtin               `json:"builtins,omitempty"`
	Plan     json.RawMessage              `json:"plan,omitempty"`
	// The same plan as text within a string.
	PlanText string   `json:"plan_text,omitempty"`
	Error    *Failure `json:"error,omitempty"`
	// True where the error came before any evaluation: the policy does not compile.
	Compile bool `json:"compile,omitempty"`
}

type prepared struct {
	once  sync.Once
	query rego.PreparedEvalQuery
	err   error
}

type server struct {
	lock     sync.Mutex
	prepared map[[sha256.Size]byte]*prepared
}

func serve(in io.Reader, out *bufio.Writer) error {
	s := &server{prepared: map[[sha256.Size]byte]*prepared{}}
	queue := make(chan chan []byte, workers)
	done := make(chan error, 1)
	go func() { done <- writeInOrder(queue, out) }()
	lines := bufio.NewReaderSize(in, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			ready := make(chan []byte, 1)
			queue <- ready
			go func() { ready <- s.answerLine(line) }()
		}
		if err != nil {
			close(queue)
			return <-done
		}
	}
}

func writeInOrder(queue chan chan []byte, out *bufio.Writer) error {
	for ready := range queue {
		if _, err := out.Write(append(<-ready, '\n')); err != nil {
			return err
		}
		if len(queue) == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

func (s *server) answerLine(line []byte) (text []byte) {
	var asked request
	defer func() {
		if thrown := recover(); thrown != nil {
			text, _ = jsonText(answer{ID: asked.ID, Error: &Failure{Code: "panic", Message: fmt.Sprint(thrown)}})
		}
	}()
	if err := json.Unmarshal(line, &asked); err != nil {
		asked.ID = json.RawMessage("null")
		text, _ = jsonText(answer{ID: asked.ID, Error: &Failure{Code: "bad_request", Message: err.Error()}})
		return text
	}
	if len(asked.ID) == 0 {
		asked.ID = json.RawMessage("null")
	}
	var given answer
	switch asked.Op {
	case "plan":
		given = planOf(&asked)
	case "builtins":
		given = answer{Builtins: ast.CapabilitiesForThisVersion().Builtins}
	default:
		given = s.evaluate(&asked)
	}
	given.ID = asked.ID
	text, err := jsonText(given)
	if err != nil {
		text, _ = jsonText(answer{ID: asked.ID, Error: &Failure{Code: "other", Message: err.Error()}})
	}
	return text
}

func (s *server) evaluate(asked *request) answer {
	query, err := s.prepare(asked)
	if err != nil {
		return answer{Error: failureOf(err), Compile: true}
	}
	options, err := optionsOf(asked)
	if err != nil {
		return answer{Error: &Failure{Code: "bad_request", Message: err.Error()}}
	}
	ctx, cancel := context.WithTimeout(context.Background(), evaluationTimeout)
	defer cancel()
	results, err := query.Eval(ctx, options...)
	if err != nil {
		return answer{Error: failureOf(err)}
	}
	given := answer{Defined: len(results) > 0}
	for _, result := range results {
		value, err := jsonText(result.Expressions[0].Value)
		if err != nil {
			return answer{Error: failureOf(err)}
		}
		given.Results = append(given.Results, value)
		given.Texts = append(given.Texts, string(value))
		if len(result.Bindings) == 0 {
			continue
		}
		bindings := map[string]json.RawMessage{}
		for name, bound := range result.Bindings {
			if bindings[name], err = jsonText(bound); err != nil {
				return answer{Error: failureOf(err)}
			}
		}
		given.Bindings = append(given.Bindings, bindings)
	}
	return given
}

func optionsOf(asked *request) ([]rego.EvalOption, error) {
	options := []rego.EvalOption{rego.EvalEarlyExit(!asked.Exhaustive), rego.EvalRuleIndexing(!asked.Exhaustive)}
	input := []byte(asked.Input)
	if asked.InputText != nil {
		input = []byte(*asked.InputText)
	}
	if len(input) > 0 {
		value, err := ast.ValueFromReader(bytes.NewReader(input))
		if err != nil {
			return nil, fmt.Errorf("input: %w", err)
		}
		options = append(options, rego.EvalParsedInput(value))
	}
	if now := string(bytes.Trim(asked.NowNs, `"`)); now != "" && now != "null" {
		ns, err := strconv.ParseInt(now, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("now_ns: %w", err)
		}
		options = append(options, rego.EvalTime(time.Unix(0, ns)))
	}
	if asked.Seed != "" {
		seed, err := hex.DecodeString(asked.Seed)
		if err != nil {
			return nil, fmt.Errorf("seed: %w", err)
		}
		options = append(options, rego.EvalSeed(&repeated{seed: seed}))
	}
	return options, nil
}

func (s *server) prepare(asked *request) (rego.PreparedEvalQuery, error) {
	key := sha256.New()
	identity, err := json.Marshal([]any{asked.Modules, asked.Query, asked.Data, asked.Strict, asked.Exhaustive})
	if err != nil {
		return rego.PreparedEvalQuery{}, err
	}
	key.Write(identity)
	s.lock.Lock()
	entry, ok := s.prepared[[sha256.Size]byte(key.Sum(nil))]
	if !ok {
		if len(s.prepared) >= preparedMax {
			clear(s.prepared)
		}
		entry = &prepared{}
		s.prepared[[sha256.Size]byte(key.Sum(nil))] = entry
	}
	s.lock.Unlock()
	entry.once.Do(func() { entry.query, entry.err = prepareAnew(asked) })
	return entry.query, entry.err
}

func prepareAnew(asked *request) (rego.PreparedEvalQuery, error) {
	data, err := readObject(asked.Data)
	if err != nil {
		return rego.PreparedEvalQuery{}, err
	}
	options := []func(*rego.Rego){
		rego.Query(asked.Query),
		rego.Store(inmem.NewFromObject(data)),
		rego.StrictBuiltinErrors(asked.Strict),
		rego.SetRegoVersion(ast.RegoV1),
	}
	if asked.Exhaustive {
		// What is rewritten to be evaluated in full need not have the types that OPA asks for elsewhere.
		compiler := ast.NewCompiler().WithSkipStages(ast.StageCheckTypes, ast.StageBuildComprehensionIndices)
		options = append(options, rego.Compiler(compiler))
	}
	for name, text := range asked.Modules {
		options = append(options, rego.Module(name, text))
	}
	return rego.New(options...).PrepareForEval(context.Background())
}

// planOf is what `opa build -t plan` makes of the modules.
func planOf(asked *request) answer {
	data, err := readObject(asked.Data)
	if err != nil {
		return answer{Error: failureOf(err), Compile: true}
	}
	source := &bundle.Bundle{Data: data}
	source.Manifest.Init()
	source.SetRegoVersion(ast.RegoV1)
	for name, text := range asked.Modules {
		module, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			return answer{Error: failureOf(err), Compile: true}
		}
		source.Modules = append(source.Modules, bundle.ModuleFile{
			URL: name, Path: name, RelativePath: name, Raw: []byte(text), Parsed: module,
		})
	}
	compiler := compile.New().WithTarget(compile.TargetPlan).WithBundle(source).WithEntrypoints(asked.Entrypoints...)
	if err := compiler.Build(context.Background()); err != nil {
		return answer{Error: failureOf(err), Compile: true}
	}
	raw := compiler.Bundle().PlanModules[0].Raw
	return answer{Defined: true, Plan: raw, PlanText: string(raw)}
}
