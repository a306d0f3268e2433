package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"strings"
	"testing"
)

// A panic that gets out of a function which go-app or the browser calls ends the whole program. So each of them begins
// with a recover, unless there is nothing in it that could fail.
func TestEntriesRecover(t *testing.T) {
	files := token.NewFileSet()
	packages, err := parser.ParseDir(files, ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0)
	if err != nil {
		t.Fatal(err)
	}
	safe, found := map[string]bool{}, 0
	each := func(f func(name string, kind *ast.FuncType, body *ast.BlockStmt)) {
		for _, file := range packages["ui"].Files {
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					f(n.Name.Name, n.Type, n.Body)
				case *ast.FuncLit:
					f("", n.Type, n.Body)
				}
				return true
			})
		}
	}
	each(func(name string, _ *ast.FuncType, body *ast.BlockStmt) { safe[name] = safe[name] || recovers(body) })
	delete(safe, "")
	each(func(name string, kind *ast.FuncType, body *ast.BlockStmt) {
		if name != "OnDismount" && !entry(kind) {
			return
		}
		found++
		if !recovers(body) && !harmless(body, safe) {
			t.Errorf("%s: %s begins with no recover", files.Position(body.Pos()), name)
		}
	})
	if found < 40 {
		t.Errorf("only %d entries were found", found)
	}
}

// entry tells whether go-app can call a function of this type.
func entry(f *ast.FuncType) bool {
	kinds := []string{}
	for _, p := range f.Params.List {
		for range max(1, len(p.Names)) {
			kinds = append(kinds, types.ExprString(p.Type))
		}
	}
	all := strings.Join(kinds, " ")
	return f.Results == nil && (all == "app.Context" || all == "app.Context app.Event")
}

func recovers(body *ast.BlockStmt) bool {
	for i, s := range body.List {
		if d, ok := s.(*ast.DeferStmt); ok && types.ExprString(d.Call.Fun) == "browser.Recover" {
			return i <= 1 // before it the event's default may be prevented
		}
	}
	return false
}

// harmless tells whether a body only sets a field, or only calls what recovers itself.
func harmless(body *ast.BlockStmt, safe map[string]bool) bool {
	if len(body.List) != 1 {
		return len(body.List) == 0
	}
	ok := true
	ast.Inspect(body.List[0], func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IndexExpr:
			ok = false
		case *ast.CallExpr:
			called, isMethod := n.Fun.(*ast.SelectorExpr)
			ok = ok && isMethod && (safe[called.Sel.Name] || types.ExprString(called.X) == "ctx")
		}
		return true
	})
	return ok
}
