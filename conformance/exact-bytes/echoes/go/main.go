// An MCP server that says what it got, as Go's parser reads it, into maps and into structs, which fold the case of keys: see
// echo-server.ts. `echo TABLES`
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
)

// message is what a server has that was written by hand. Its fields take keys in any case.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Name      string         `json:"name"`
		Arguments map[string]any `json:"arguments"`
	} `json:"params"`
}

// typedArguments is how a tool of such a server takes its arguments.
type typedArguments struct {
	Path    *any `json:"path,omitempty"`
	Name    *any `json:"name,omitempty"`
	Key     *any `json:"key,omitempty"`
	Args    *any `json:"args,omitempty"`
	Message *any `json:"message,omitempty"`
}

type receipt struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Sha256 string          `json:"sha256"`
	Base64 string          `json:"base64"`
}

var (
	tables   map[string]map[string]json.RawMessage
	received = []receipt{}
	guard    sync.Mutex
)

func textOf(value any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "refused: " + err.Error()
	}
	return text.String()
}

func anyReading(body []byte) string {
	var value map[string]any
	if err := json.Unmarshal(body, &value); err != nil {
		return "refused: " + err.Error()
	}
	params, _ := value["params"].(map[string]any)
	arguments, given := params["arguments"]
	if !given {
		arguments = map[string]any{}
	}
	return textOf([]any{value["method"], params["name"], arguments})
}

func structReading(body []byte) string {
	var value message
	if err := json.Unmarshal(body, &value); err != nil {
		return "refused: " + err.Error()
	}
	if value.Params.Arguments == nil {
		value.Params.Arguments = map[string]any{}
	}
	return textOf([]any{value.Method, value.Params.Name, value.Params.Arguments})
}

func typedReading(body []byte) string {
	var value struct {
		Method string
		Params struct {
			Name      string
			Arguments typedArguments
		}
	}
	if err := json.Unmarshal(body, &value); err != nil {
		return "refused: " + err.Error()
	}
	return textOf([]any{value.Method, value.Params.Name, value.Params.Arguments})
}

func readingsOf(body []byte) map[string]string {
	return map[string]string{
		"go any":             anyReading(body),
		"go struct":          structReading(body),
		"go typed arguments": typedReading(body),
	}
}

func answer(response http.ResponseWriter, status int, value any) {
	if value == nil {
		response.WriteHeader(status)
		return
	}
	text := []byte(textOf(value))
	response.Header().Set("Content-Type", "application/json")
	response.Header().Set("Content-Length", fmt.Sprint(len(text)))
	response.WriteHeader(status)
	_, _ = response.Write(text)
}

func speak(path string, body []byte, response http.ResponseWriter) {
	digest := sha256.Sum256(body)
	hexed := hex.EncodeToString(digest[:])
	var value message
	_ = json.Unmarshal(body, &value)
	id := value.ID
	if id == nil {
		id = json.RawMessage("null")
	}
	guard.Lock()
	received = append(received, receipt{id, value.Method, hexed, base64.StdEncoding.EncodeToString(body)})
	guard.Unlock()
	if value.ID == nil {
		answer(response, http.StatusAccepted, nil)
		return
	}
	said := map[string]any{"jsonrpc": "2.0", "id": id}
	if result, found := tables[path][value.Method]; found {
		said["result"] = result
	} else if value.Method != "tools/call" {
		said["error"] = map[string]any{"code": -32601, "message": "Method not found"}
	} else {
		result := map[string]any{
			"content":           []any{map[string]any{"type": "text", "text": "echoed"}},
			"structuredContent": map[string]any{"sha256": hexed, "readings": readingsOf(body)},
		}
		if path == "/stateless" {
			result["resultType"] = "complete"
		}
		said["result"] = result
	}
	answer(response, http.StatusOK, said)
}

func readAll(frames []byte) []map[string]string {
	readings := []map[string]string{}
	for len(frames) >= 4 {
		length := binary.BigEndian.Uint32(frames)
		readings = append(readings, readingsOf(frames[4:4+length]))
		frames = frames[4+length:]
	}
	return readings
}

func serve(response http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	switch {
	case request.URL.Path == "/received":
		guard.Lock()
		told := received
		received = []receipt{}
		guard.Unlock()
		answer(response, http.StatusOK, told)
	case request.URL.Path == "/read":
		answer(response, http.StatusOK, readAll(body))
	case request.Method == http.MethodPost:
		speak(request.URL.Path, body, response)
	case request.Method == http.MethodDelete:
		answer(response, http.StatusOK, nil)
	default:
		answer(response, http.StatusMethodNotAllowed, nil)
	}
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = json.Unmarshal(text, &tables)
	}
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Printf("listening %d\n", listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, http.HandlerFunc(serve)))
}
