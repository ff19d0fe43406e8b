// Answers manifests, one JSON object a line, as the API server of Kubernetes 1.36.2 does: its own decoder, defaults and
// validation, without admission plugins. Each answer is a line of JSON with `strict` (unknown fields) or `error`.
//
// record-api-answers.mjs builds it and records fixtures/api-server/answers.json.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/replicaset"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/replicationcontroller"
	"k8s.io/kubernetes/pkg/registry/core/secret"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
)

type recorder struct{ texts []string }

func (r *recorder) AddWarning(_, text string) { r.texts = append(r.texts, text) }

var strategies = map[string]rest.RESTCreateStrategy{
	"Pod": pod.Strategy, "Secret": secret.Strategy, "ServiceAccount": serviceaccount.Strategy,
	"ReplicationController": replicationcontroller.Strategy,
	"Deployment":            deployment.Strategy, "ReplicaSet": replicaset.Strategy, "StatefulSet": statefulset.Strategy, "DaemonSet": daemonset.Strategy,
	"Job": job.Strategy, "CronJob": cronjob.Strategy,
}

type result struct {
	Strict   []string        `json:"strict,omitempty"`
	Error    string          `json:"error,omitempty"`
	Warnings []string        `json:"warnings,omitempty"`
}

func run(line []byte) (res result) {
	defer func() {
		if r := recover(); r != nil {
			res.Error = fmt.Sprintf("PANIC %v", r)
		}
	}()
	var tm struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	json.Unmarshal(line, &tm)
	gv, _ := schema.ParseGroupVersion(tm.APIVersion)
	gvk := gv.WithKind(tm.Kind)
	info, _ := runtime.SerializerInfoForMediaType(legacyscheme.Codecs.SupportedMediaTypes(), "application/json")
	dec := legacyscheme.Codecs.DecoderToVersion(info.StrictSerializer, schema.GroupVersion{Group: gv.Group, Version: runtime.APIVersionInternal})
	obj, g, err := dec.Decode(line, &gvk, nil)
	if err != nil {
		if se, ok := runtime.AsStrictDecodingError(err); ok && obj != nil {
			for _, e := range se.Errors() {
				res.Strict = append(res.Strict, e.Error())
			}
		} else {
			k := gvk
			if g != nil {
				k = *g
			}
			res.Error = fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", k.Kind, k.Version, tm.Kind, err)
			return
		}
	}
	strat, ok := strategies[tm.Kind]
	if !ok {
		res.Error = "no strategy"
		return
	}
	acc, _ := meta.Accessor(obj)
	ns := acc.GetNamespace()
	if ns == "" {
		ns = "default"
	}
	r := &recorder{}
	ctx := warning.WithWarningRecorder(context.Background(), r)
	ctx = genericapirequest.WithNamespace(ctx, ns)
	ctx = genericapirequest.WithRequestInfo(ctx, &genericapirequest.RequestInfo{IsResourceRequest: true, Verb: "create", APIGroup: gv.Group, APIVersion: gv.Version, Namespace: ns})
	rest.FillObjectMetaSystemFields(acc)
	if err := rest.BeforeCreate(strat, ctx, obj); err != nil {
		if st, ok := err.(errors.APIStatus); ok {
			res.Error = st.Status().Message
		} else {
			res.Error = err.Error()
		}
	}
	res.Warnings = r.texts
	return
}

func main() {
	sc := bufio.NewScanner(os.Stdin)
	sc.Buffer(make([]byte, 1<<20), 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for sc.Scan() {
		b, _ := json.Marshal(run(sc.Bytes()))
		out.Write(b)
		out.WriteString("\n")
	}
}
