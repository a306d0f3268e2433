package e2e

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
)

// query finds what a screen reader finds: nodes of a role with a name. An empty name stands for any.
func (p *person) query(role, name string) []*accessibility.Node {
	doc, err := try(p, runtime.Evaluate, runtime.EvaluateParams{Expression: "document", ObjectGroup: "tree"})
	if err != nil || doc.Result == nil {
		return nil
	}
	r, err := try(p, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: doc.Result.ObjectID, Role: role, AccessibleName: name})
	if err != nil {
		return nil // the page is being replaced: look again
	}
	var nodes []*accessibility.Node
	for _, n := range r.Nodes {
		if !n.Ignored && n.BackendDOMNodeID != 0 {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// has tells whether the page offers it now.
func (p *person) has(role, name string) bool { return len(p.query(role, name)) > 0 }

// find waits for the one node of a role and name.
func (p *person) find(role, name string) *accessibility.Node {
	p.t.Helper()
	var nodes []*accessibility.Node
	p.until(fmt.Sprintf("%s finds the %s %q", p.who, role, name), func() (bool, string) {
		nodes = p.query(role, name)
		return len(nodes) == 1, fmt.Sprintf("there are %d", len(nodes))
	})
	return nodes[0]
}

// gone waits until the page does not offer it any more.
func (p *person) gone(role, name string) {
	p.t.Helper()
	until(p.t, patience, fmt.Sprintf("the %s %q is gone from %s's page", role, name, p.who), func() bool { return !p.has(role, name) })
}

// offers lists what can be operated, for messages.
func (p *person) offers() string {
	var list []string
	for _, role := range []string{"button", "link", "textbox", "combobox", "radio", "status", "list", "log", "dialog", "heading"} {
		for _, n := range p.query(role, "") {
			list = append(list, fmt.Sprintf("%s %q", role, text(n.Name)))
		}
	}
	return strings.Join(list, ", ")
}

// text is a value of the tree as a string.
func text(v *accessibility.Value) string {
	var s string
	if v == nil || json.Unmarshal(v.Value, &s) != nil {
		return ""
	}
	return s
}

func property(n *accessibility.Node, name accessibility.PropertyName) string {
	for _, p := range n.Properties {
		if p.Name == name && p.Value != nil {
			return strings.Trim(string(p.Value.Value), `"`)
		}
	}
	return ""
}

// on runs a JavaScript function with `this` being the node, to read what the tree does not tell.
func on[T any](p *person, id cdp.BackendNodeID, fn string) (T, error) {
	var v T
	obj, err := try(p, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: id, ObjectGroup: "tree"})
	if err != nil {
		return v, err
	}
	yes := true
	r, err := try(p, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: fn, ObjectID: obj.Object.ObjectID, ReturnByValue: &yes, AwaitPromise: &yes})
	if err != nil {
		return v, err
	}
	if r.ExceptionDetails != nil {
		return v, fmt.Errorf("%s", r.ExceptionDetails.Exception.Description)
	}
	if len(r.Result.Value) == 0 {
		return v, nil
	}
	return v, json.Unmarshal(r.Result.Value, &v)
}

// text reads what a node shows; "" while there is none.
func (p *person) text(role, name string) string {
	nodes := p.query(role, name)
	if len(nodes) == 0 {
		return ""
	}
	s, _ := on[string](p, nodes[0].BackendDOMNodeID, "function(){ return this.innerText }")
	return strings.TrimSpace(s)
}

// value reads what a field holds or which option is chosen.
func (p *person) value(role, name string) string {
	nodes := p.query(role, name)
	if len(nodes) == 0 {
		return ""
	}
	return text(nodes[0].Value)
}

// shows waits until a node shows the words.
func (p *person) shows(role, name, words string) {
	p.t.Helper()
	untilShow(p.t, patience, fmt.Sprintf("%s's %s %q shows %q", p.who, role, name, words), func() (bool, string) {
		s := p.text(role, name)
		return strings.Contains(s, words), fmt.Sprintf("it shows %q", s)
	})
}

// says waits until the whole page shows the words somewhere.
func (p *person) says(words string) {
	p.t.Helper()
	untilShow(p.t, patience, fmt.Sprintf("%s's page says %q", p.who, words), func() (bool, string) {
		s, _ := tryEval[string](p, "document.body.innerText")
		return strings.Contains(strings.ToLower(s), strings.ToLower(words)), fmt.Sprintf("it says %q", s)
	})
}

// centre brings a node into view and gives its middle. It fails where something else lies over that point, since
// nobody could click it.
func (p *person) centre(role, name string) (x, y float64) {
	p.t.Helper()
	p.until(fmt.Sprintf("%s can click the %s %q", p.who, role, name), func() (bool, string) {
		nodes := p.query(role, name)
		if len(nodes) != 1 {
			return false, fmt.Sprintf("there are %d", len(nodes))
		}
		if property(nodes[0], accessibility.PropertyNameDisabled) == "true" {
			return false, "it is disabled"
		}
		id := nodes[0].BackendDOMNodeID
		if _, err := try(p, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: id}); err != nil {
			return false, err.Error()
		}
		quads, err := try(p, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: id})
		if err != nil || len(quads.Quads) == 0 {
			return false, fmt.Sprintf("it has no place on the page (%v)", err)
		}
		q := quads.Quads[0]
		x, y = (q[0]+q[2]+q[4]+q[6])/4, (q[1]+q[3]+q[5]+q[7])/4
		hit, err := on[string](p, id, fmt.Sprintf(`function(){
			const top = this.getRootNode().elementFromPoint(%f, %f) // of its shadow tree, if it is in one
			if (!top) return "nothing"
			const label = top.closest("label")
			return this.contains(top) || label && label.contains(this) ? "" : top.outerHTML.slice(0, 200)
		}`, x, y))
		return err == nil && hit == "", fmt.Sprintf("something lies over it: %s %v", hit, err)
	})
	return x, y
}

// click presses the mouse's main button in the middle of a node.
func (p *person) click(role, name string) {
	p.t.Helper()
	x, y := p.centre(role, name)
	p.clickAt(x, y, 0)
}

// clickLink clicks the link that leads to a path.
func (p *person) clickLink(path string) {
	p.t.Helper()
	var name string
	p.until(p.who+" finds the link to "+path, func() (bool, string) {
		for _, n := range p.query("link", "") {
			href, _ := on[string](p, n.BackendDOMNodeID, `function(){ return this.getAttribute("href") }`)
			if href == path || href == p.base+path {
				name = text(n.Name)
				return true, ""
			}
		}
		return false, ""
	})
	p.click("link", name)
}

func (p *person) clickAt(x, y float64, modifiers int64) {
	p.t.Helper()
	p.mouse(input.DispatchMouseEventTypeMouseMoved, x, y, modifiers)
	p.mouse(input.DispatchMouseEventTypeMousePressed, x, y, modifiers)
	p.mouse(input.DispatchMouseEventTypeMouseReleased, x, y, modifiers)
}

func (p *person) mouse(kind input.DispatchMouseEventType, x, y float64, modifiers int64) {
	p.t.Helper()
	e := input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Modifiers: modifiers}
	if kind != input.DispatchMouseEventTypeMouseMoved {
		e.Button, e.ClickCount = input.MouseButtonLeft, 1
	}
	send(p, input.DispatchMouseEvent, e)
}

// focus moves the keyboard's focus to a node.
func (p *person) focus(role, name string) {
	p.t.Helper()
	send(p, dom.Focus, dom.FocusParams{BackendNodeID: p.find(role, name).BackendDOMNodeID})
}

// fill replaces what a field holds, by keys.
func (p *person) fill(role, name, value string) {
	p.t.Helper()
	p.click(role, name)
	p.press("Control+a")
	p.typing(value)
	untilShow(p.t, patience, fmt.Sprintf("%s's %s %q holds %q", p.who, role, name, value), func() (bool, string) {
		v := p.value(role, name)
		return v == value, fmt.Sprintf("it holds %q", v)
	})
}

// choose picks an option of a list by its label, by the arrow keys.
func (p *person) choose(name, option string) {
	p.t.Helper()
	p.focus("combobox", name)
	id := p.find("combobox", name).BackendDOMNodeID
	steps, err := on[int](p, id, "function(){ return [...this.options].findIndex(o => o.label === "+quote(option)+") - this.selectedIndex }")
	if err != nil {
		p.fatal("read the options of %q: %v", name, err)
	}
	for ; steps > 0; steps-- {
		p.press("Down")
	}
	for ; steps < 0; steps++ {
		p.press("Up")
	}
	untilShow(p.t, patience, fmt.Sprintf("%s's %q is %q", p.who, name, option), func() (bool, string) {
		v := p.value("combobox", name)
		return v == option, fmt.Sprintf("it is %q", v)
	})
}
