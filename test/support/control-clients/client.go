// A test in Go that prepares pullsim's registry and asks it for a verdict: standard library only.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

type ready struct {
	Control struct{ URL, Token string }
}

type report struct {
	Summary struct{ Pulled, Failed int }
}

func call(r ready, method, path string, body, answer any) {
	text, err := json.Marshal(body)
	check(err)
	request, err := http.NewRequest(method, r.Control.URL+path, bytes.NewReader(text))
	check(err)
	request.Header.Set("Authorization", "Bearer "+r.Control.Token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	check(err)
	defer response.Body.Close()
	fmt.Println(method, path, response.StatusCode)
	if answer != nil {
		check(json.NewDecoder(response.Body).Decode(answer))
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

type object = map[string]any

func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var r ready
	check(json.Unmarshal(text, &r))

	call(r, "PUT", "/seed", object{"repositories": []object{
		{"name": "lab/go", "visibility": "public", "tags": object{"v1": object{}}},
	}}, nil)
	pod := object{
		"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": "go"},
		"spec": object{"containers": []object{{"name": "c", "image": "docker.io/lab/go:v1"}}},
	}
	var verdict report
	call(r, "POST", "/simulate", pod, &verdict)
	fmt.Println("pulled", verdict.Summary.Pulled, "failed", verdict.Summary.Failed)

	call(r, "POST", "/faults", object{"operation": "manifest", "status": 503}, nil)
	call(r, "POST", "/simulate", pod, &verdict)
	fmt.Println("pulled", verdict.Summary.Pulled, "failed", verdict.Summary.Failed)
	call(r, "POST", "/reset", nil, nil)
}
