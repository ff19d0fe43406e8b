// Prints, as JSON, every type that a manifest of the kinds below can reach: its fields with their Go types. generate-api-fields.mjs
// runs it once per Kubernetes release and merges the answers into src/versions/api-fields.ts.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

var roots = []any{
	corev1.Pod{}, corev1.Secret{}, corev1.ServiceAccount{}, corev1.ReplicationController{},
	appsv1.Deployment{}, appsv1.ReplicaSet{}, appsv1.StatefulSet{}, appsv1.DaemonSet{},
	batchv1.Job{}, batchv1.CronJob{},
}

type field struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Embedded structs on the way, which Go's decoder names in its errors.
	Via string `json:"via,omitempty"`
}

type answer struct {
	Structs map[string][]field `json:"structs"`
	// Named types that are no structs, by what they are: `v1.PullPolicy` is `string`.
	Named map[string]string `json:"named"`
	// Types that decode themselves.
	Custom map[string]bool `json:"custom"`
}

var (
	out       = answer{map[string][]field{}, map[string]string{}, map[string]bool{}}
	paths     = map[string]string{}
	unmarshal = reflect.TypeFor[json.Unmarshaler]()
)

func main() {
	for _, root := range roots {
		visit(reflect.TypeOf(root))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.Encode(out)
}

func visit(t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		visit(t.Elem())
		return
	}
	if t.Name() != "" && t.PkgPath() != "" {
		name := t.String()
		if known, seen := paths[name]; seen {
			if known != t.PkgPath() {
				panic(fmt.Sprintf("%s is in %s and in %s", name, known, t.PkgPath()))
			}
			return
		}
		paths[name] = t.PkgPath()
		if reflect.PointerTo(t).Implements(unmarshal) {
			out.Custom[name] = true
			return
		}
		if t.Kind() != reflect.Struct {
			out.Named[name] = underlying(t)
		}
	}
	switch t.Kind() {
	case reflect.Struct:
		out.Structs[t.String()] = fieldsOf(t, "")
	case reflect.Slice, reflect.Map:
		visit(t.Elem())
	}
}

func underlying(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "[]" + t.Elem().String()
	case reflect.Map:
		return "map[" + t.Key().String() + "]" + t.Elem().String()
	}
	return t.Kind().String()
}

func fieldsOf(t reflect.Type, via string) []field {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if name == "" && (f.Anonymous || strings.Contains(options, "inline")) {
			chain := f.Name
			if via != "" {
				chain = via + "." + f.Name
			}
			fields = append(fields, fieldsOf(f.Type, chain)...)
			continue
		}
		fields = append(fields, field{name, f.Type.String(), via})
		visit(f.Type)
	}
	return fields
}
