//go:build js && wasm

package browser

import "syscall/js"

// An object is a JavaScript value. It is syscall/js and not app.Value, because edits and frames go through it.
type object struct{ v js.Value }

// A callback is a Go function that JavaScript holds; release it when JavaScript lets go of it.
type callback struct {
	v    js.Value
	free func()
}

func global() object { return object{js.Global()} }

// seam is window.tandem[name], the part of our own JavaScript that Go talks to; not there before its script ran.
func seam(name string) object {
	o, known := seams[name]
	if !known {
		if o = tandem().get(name); o.there() {
			seams[name] = o
		}
	}
	return o
}

// seams holds those that were there: they stay what they are, and each way to JavaScript and back counts at every key.
var seams = map[string]object{}

func tandem() object { return object{js.Global().Get("tandem")} }

func (o object) there() bool { return o.v.Truthy() }

func (o object) get(name string) object {
	if t := o.v.Type(); t != js.TypeObject && t != js.TypeFunction {
		return object{js.Undefined()}
	}
	return object{o.v.Get(name)}
}

func (o object) set(name string, value any) { o.v.Set(name, plain(value)) }

// call calls a method, and does nothing where there is no such method. It panics with what JavaScript throws.
func (o object) call(method string, args ...any) (result object) {
	defer func() { // looking first would take as long as the call
		if v := recover(); v != nil {
			if o.get(method).there() {
				panic(v)
			}
			result = object{js.Undefined()}
		}
	}()
	for i, a := range args {
		args[i] = plain(a)
	}
	return object{o.v.Call(method, args...)}
}

// try calls a method that may throw.
func (o object) try(method string, args ...any) (result object, ok bool) {
	defer func() {
		if recover() != nil {
			result, ok = object{js.Undefined()}, false
		}
	}()
	return o.call(method, args...), true
}

func (o object) str() string {
	if o.v.Type() != js.TypeString {
		return ""
	}
	return o.v.String()
}

func (o object) num() int {
	if o.v.Type() != js.TypeNumber {
		return 0
	}
	return int(o.v.Float())
}

func (o object) isString() bool      { return o.v.Type() == js.TypeString }
func (o object) equal(p object) bool { return o.v.Equal(p.v) }
func (o object) length() int         { return o.v.Length() }
func (o object) index(i int) object  { return object{o.v.Index(i)} }
func none() object                   { return object{js.Undefined()} }
func create(class string) object     { return object{js.Global().Get(class).New()} }
func (o object) bytes() (data []byte) {
	data = make([]byte, o.length())
	js.CopyBytesToGo(data, o.v)
	return data
}

// listen makes a callback. Nothing that f does may block or end the program.
func listen(f func(args []object)) callback {
	c := js.FuncOf(func(_ js.Value, args []js.Value) any {
		defer Recover()
		objects := make([]object, len(args))
		for i, a := range args {
			objects[i] = object{a}
		}
		f(objects)
		return nil
	})
	return callback{c.Value, c.Release}
}

func (c callback) release() { c.free() }

// then hands f what a promise gives, or an undefined object where it fails.
func (o object) then(f func(object)) {
	if !o.get("then").there() {
		f(o)
		return
	}
	var done, failed callback
	end := func(v object) {
		done.release()
		failed.release()
		f(v)
	}
	done = listen(func(args []object) { end(first(args)) })
	failed = listen(func([]object) { end(none()) })
	o.call("then", done, failed)
}

func first(args []object) object {
	if len(args) == 0 {
		return none()
	}
	return args[0]
}

func plain(v any) any {
	switch v := v.(type) {
	case object:
		return v.v
	case callback:
		return v.v
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = plain(e)
		}
		return m
	case map[string]callback:
		m := make(map[string]any, len(v))
		for k, c := range v {
			m[k] = c.v
		}
		return m
	}
	return v
}
