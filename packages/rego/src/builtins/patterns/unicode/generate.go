//go:build ignore

// Writes tables.json: what \p{..} and (?i) mean to the regexp package of the Go release that runs this program.
//
//	go run generate.go > tables.json
//
// Ranges are the distances from one bound to the next in base 36: lo, hi, lo, hi, ... `folds` holds a code point
// and its unicode.SimpleFold in turns, both as distances too (the second one from the first, so it has a sign).
package main

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

func main() {
	categories := map[string]string{}
	for name, table := range unicode.Categories {
		// Those of one letter and LC are unions, which the reader makes.
		if len(name) == 2 && name != "LC" {
			categories[name] = ranges(table)
		}
	}
	scripts := map[string]string{}
	for name, table := range unicode.Scripts {
		// The parser takes underscores out of a name before it looks it up, so these are never found.
		if !strings.Contains(name, "_") {
			scripts[name] = ranges(table)
		}
	}
	aliases := map[string]string{}
	for name, category := range unicode.CategoryAliases {
		aliases[strings.ToUpper(name[:1])+strings.ReplaceAll(strings.ToLower(name[1:]), "_", "")] = category
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(map[string]any{
		"version": unicode.Version, "categories": categories, "scripts": scripts, "aliases": aliases, "folds": folds(),
	}); err != nil {
		panic(err)
	}
}

func ranges(table *unicode.RangeTable) string {
	var bounds []rune
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.Is(table, r) {
			continue
		}
		if n := len(bounds); n > 0 && bounds[n-1] == r-1 {
			bounds[n-1] = r
		} else {
			bounds = append(bounds, r, r)
		}
	}
	return distances(bounds)
}

func distances(bounds []rune) string {
	texts := make([]string, len(bounds))
	previous := rune(0)
	for i, bound := range bounds {
		texts[i] = strconv.FormatInt(int64(bound-previous), 36)
		previous = bound
	}
	return strings.Join(texts, " ")
}

func folds() string {
	var texts []string
	previous := rune(0)
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if fold := unicode.SimpleFold(r); fold != r {
			texts = append(texts, strconv.FormatInt(int64(r-previous), 36), strconv.FormatInt(int64(fold-r), 36))
			previous = r
		}
	}
	return strings.Join(slices.Clip(texts), " ")
}
