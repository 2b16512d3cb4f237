package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/test/cases"
	"github.com/open-policy-agent/opa/v1/test/cases/testdata"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/util"
)

// What every case is evaluated with, so that the answers of two engines can be compared.
const (
	caseNowNs = 1_700_000_000_123_456_789
	caseSeed  = "bailiff-proof-seed-0123456789abcd"
)

// dumped is one compliance case as its readers get it.
type dumped struct {
	Note            string            `json:"note"`
	Group           string            `json:"group"`
	Query           string            `json:"query"`
	Plan            *ir.Policy        `json:"plan,omitempty"`
	PlanError       string            `json:"plan_error,omitempty"`
	Modules         []string          `json:"modules"`
	Data            json.RawMessage   `json:"data,omitempty"`
	Input           json.RawMessage   `json:"input,omitempty"`
	WantDefined     *bool             `json:"want_defined,omitempty"`
	WantResult      json.RawMessage   `json:"want_result,omitempty"`
	WantErrorCode   *string           `json:"want_error_code,omitempty"`
	WantError       *string           `json:"want_error,omitempty"`
	SortBindings    bool              `json:"sort_bindings,omitempty"`
	IgnoreGenerated bool              `json:"ignore_generated_vars,omitempty"`
	StrictError     bool              `json:"strict_error,omitempty"`
	Env             map[string]string `json:"env,omitempty"`
	NowNs           string            `json:"now_ns"`
	Seed            string            `json:"seed"`
	// What OPA's evaluator itself answers: bindings with the text of numbers kept, or its error.
	OpaResult []json.RawMessage `json:"opa_result,omitempty"`
	OpaError  *Failure          `json:"opa_error,omitempty"`
}

// planCatcher is a target of OPA's library that keeps the plan it is given.
type planCatcher struct{ plan *ir.Policy }

func (*planCatcher) IsTarget(name string) bool { return name == "catch-plan" }

func (c *planCatcher) PrepareForEval(_ context.Context, plan *ir.Policy, _ ...rego.PrepareOption) (rego.TargetPluginEval, error) {
	c.plan = plan
	return c, nil
}

func (*planCatcher) Eval(context.Context, *rego.EvalContext, ast.Value) (ast.Value, error) {
	return nil, errors.New("a caught plan is not evaluated")
}

func dumpCases(out *bufio.Writer) error {
	catcher := &planCatcher{}
	rego.RegisterPlugin("catch-plan", catcher)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return fs.WalkDir(testdata.V1, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := testdata.V1.ReadFile(file)
		if err != nil {
			return err
		}
		var set cases.Set
		if err := util.Unmarshal(text, &set); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for _, test := range set.Cases {
			one, err := dump(test, catcher)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", file, test.Note, err)
			}
			one.Group = path.Base(path.Dir(file))
			if err := encoder.Encode(one); err != nil {
				return err
			}
		}
		return nil
	})
}

func dump(test cases.TestCase, catcher *planCatcher) (*dumped, error) {
	one := &dumped{
		Note: test.Note, Query: test.Query, Modules: test.Modules,
		WantDefined: test.WantDefined, WantErrorCode: test.WantErrorCode, WantError: test.WantError,
		SortBindings: test.SortBindings, IgnoreGenerated: test.IgnoreGeneratedVars,
		StrictError: test.StrictError, Env: test.Env,
		NowNs: fmt.Sprint(caseNowNs), Seed: fmt.Sprintf("%x", caseSeed),
	}
	var err error
	if test.Data != nil {
		if one.Data, err = jsonText(*test.Data); err != nil {
			return nil, err
		}
	}
	if test.WantResult != nil {
		if one.WantResult, err = jsonText(*test.WantResult); err != nil {
			return nil, err
		}
	}
	input, err := inputOf(test)
	if err != nil {
		return nil, err
	}
	if input != nil {
		one.Input = json.RawMessage(taggedText(input.Value))
	}
	plan(test, one, catcher)
	return one, evaluateCase(test, one, input)
}

func inputOf(test cases.TestCase) (*ast.Term, error) {
	switch {
	case test.InputTerm != nil:
		return ast.ParseTerm(*test.InputTerm)
	case test.Input != nil:
		value, err := ast.InterfaceToValue(*test.Input)
		return ast.NewTerm(value), err
	default:
		return nil, nil
	}
}

func capabilitiesOf(test cases.TestCase) *ast.Capabilities {
	return ast.CapabilitiesForThisVersion(ast.CapabilitiesExperimentalKeywords(test.ExperimentalKeywords))
}

func plan(test cases.TestCase, one *dumped, catcher *planCatcher) {
	options := []func(*rego.Rego){
		rego.Target("catch-plan"), rego.Query(test.Query), rego.SetRegoVersion(ast.RegoV1),
	}
	if test.ExperimentalKeywords {
		options = append(options, rego.Capabilities(capabilitiesOf(test)))
	}
	for i, module := range test.Modules {
		options = append(options, rego.Module(fmt.Sprintf("module-%d.rego", i), module))
	}
	catcher.plan = nil
	if _, err := rego.New(options...).PrepareForEval(context.Background()); err != nil {
		one.PlanError = err.Error()
		return
	}
	one.Plan = catcher.plan
}

// evaluateCase asks OPA's evaluator the way OPA's own test of these cases does.
func evaluateCase(test cases.TestCase, one *dumped, input *ast.Term) error {
	for name, value := range test.Env {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
		defer os.Unsetenv(name)
	}
	ctx := context.Background()
	modules := map[string]string{}
	for i, module := range test.Modules {
		modules[fmt.Sprintf("test-%d.rego", i)] = module
	}
	options := ast.ParserOptions{RegoVersion: ast.RegoV1}
	if test.ExperimentalKeywords {
		options.Capabilities = capabilitiesOf(test)
	}
	compiler, err := ast.CompileModulesWithOpt(modules, ast.CompileOpts{ParserOptions: options})
	if err != nil {
		return err
	}
	body, err := ast.ParseBody(test.Query)
	if err != nil {
		return err
	}
	queryCompiler := compiler.QueryCompiler()
	query, err := queryCompiler.Compile(body)
	if err != nil {
		return err
	}
	store := inmem.New()
	if test.Data != nil {
		store = inmem.NewFromObject(*test.Data)
	}
	transaction := storage.NewTransactionOrDie(ctx, store)
	defer store.Abort(ctx, transaction)
	results, err := topdown.NewQuery(query).
		WithCompiler(compiler).WithStore(store).WithTransaction(transaction).WithInput(input).
		WithStrictBuiltinErrors(test.StrictError).
		WithTime(time.Unix(0, caseNowNs)).WithSeed(&repeated{seed: []byte(caseSeed)}).
		Run(ctx)
	if err != nil {
		one.OpaError = failureOf(err)
		return nil
	}
	one.OpaResult, err = bindingTexts(results, queryCompiler.RewrittenVars())
	return err
}

func bindingTexts(results topdown.QueryResultSet, rewritten map[ast.Var]ast.Var) ([]json.RawMessage, error) {
	texts := []json.RawMessage{}
	for _, result := range results {
		bindings := map[string]json.RawMessage{}
		for name, term := range result {
			if original, ok := rewritten[name]; ok {
				name = original
			}
			if name.IsGenerated() || name.IsWildcard() || strings.HasPrefix(string(name), ast.WildcardPrefix) {
				continue
			}
			text, err := termText(term)
			if err != nil {
				return nil, err
			}
			bindings[string(name)] = text
		}
		text, err := jsonText(bindings)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}
