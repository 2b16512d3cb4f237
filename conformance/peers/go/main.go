// A client made with the Go SDK: lists, makes an allowed call, and is refused one. Prints what it saw as JSON.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strconv"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type withBearer struct{ token string }

func (t withBearer) RoundTrip(request *http.Request) (*http.Response, error) {
	own := request.Clone(request.Context())
	own.Header.Set("Authorization", "Bearer "+t.token)
	return http.DefaultTransport.RoundTrip(own)
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	url, token := os.Args[1], os.Args[2]
	customer := must(strconv.Atoi(os.Args[3]))
	ctx := context.Background()
	client := mcp.NewClient(&mcp.Implementation{Name: "journey", Version: "1.0.0"}, nil)
	transport := &mcp.StreamableClientTransport{
		Endpoint:   url,
		HTTPClient: &http.Client{Transport: withBearer{token}},
	}
	session := must(client.Connect(ctx, transport, nil))
	defer session.Close()
	call := func(name string, arguments map[string]any) *mcp.CallToolResult {
		return must(session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: arguments}))
	}
	names := []string{}
	for _, tool := range must(session.ListTools(ctx, nil)).Tools {
		names = append(names, tool.Name)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"protocol": session.InitializeResult().ProtocolVersion,
		"tools":    names,
		"allowed":  call("read", map[string]any{"id": customer, "rows": 20}),
		"refused":  call("export", map[string]any{"table": "interactions", "rows": 5000 + customer}),
	})
}
