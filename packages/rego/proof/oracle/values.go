package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
	"github.com/open-policy-agent/opa/v1/util"
)

// Failure is an error of OPA, by code and text, without its place.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func failureOf(err error) *Failure {
	if err == nil {
		return nil
	}
	var evaluation *topdown.Error
	if errors.As(err, &evaluation) {
		return &Failure{Code: evaluation.Code, Message: evaluation.Message}
	}
	var compilation ast.Errors
	if errors.As(err, &compilation) && len(compilation) > 0 {
		return &Failure{Code: compilation[0].Code, Message: compilation.Error()}
	}
	return &Failure{Code: "other", Message: err.Error()}
}

// jsonText is the text OPA gives a value as JSON, without escapes that only HTML needs.
func jsonText(value any) (json.RawMessage, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(buffer.Bytes()), nil
}

// termText is jsonText of a Rego value.
func termText(term *ast.Term) (json.RawMessage, error) {
	value, err := ast.JSON(term.Value)
	if err != nil {
		return nil, err
	}
	return jsonText(value)
}

// taggedText writes a value with every set as {"\u0000set": [members]}, for JSON has none.
func taggedText(value ast.Value) string {
	switch value := value.(type) {
	case *ast.Array:
		return "[" + taggedMembers(value.Foreach) + "]"
	case ast.Set:
		return `{"\u0000set":[` + taggedMembers(value.Foreach) + "]}"
	case ast.Object:
		var parts []string
		value.Foreach(func(key, member *ast.Term) {
			parts = append(parts, key.Value.String()+":"+taggedText(member.Value))
		})
		return "{" + strings.Join(parts, ",") + "}"
	default:
		text, err := termText(ast.NewTerm(value))
		if err != nil {
			panic(err)
		}
		return string(text)
	}
}

func taggedMembers(each func(func(*ast.Term))) string {
	var parts []string
	each(func(member *ast.Term) { parts = append(parts, taggedText(member.Value)) })
	return strings.Join(parts, ",")
}

// readObject reads a JSON object with the text of its numbers kept. Nothing is an empty object.
func readObject(text []byte) (map[string]any, error) {
	object := map[string]any{}
	if len(bytes.TrimSpace(text)) == 0 || string(text) == "null" {
		return object, nil
	}
	if err := util.NewJSONDecoder(bytes.NewReader(text)).Decode(&object); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return object, nil
}

// registerTestBuiltins declares what one compliance case uses; it only passes time.
func registerTestBuiltins() {
	ast.RegisterBuiltin(&ast.Builtin{
		Name: "test.sleep",
		Decl: types.NewFunction(types.Args(types.S), types.NewNull()),
	})
	topdown.RegisterBuiltinFunc("test.sleep", func(_ topdown.BuiltinContext, _ []*ast.Term, iter func(*ast.Term) error) error {
		return iter(ast.NullTerm())
	})
}

// repeated is a source of chance that gives the same bytes over and over: the seed of an evaluation.
type repeated struct {
	seed []byte
	at   int
}

func (r *repeated) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = r.seed[r.at%len(r.seed)]
		r.at++
	}
	return len(into), nil
}
