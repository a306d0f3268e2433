//go:build !js

package browser

// Outside a browser there is no JavaScript: every object is undefined, every call does nothing. The server
// compiles this package only for the routes of package ui.

type object struct{}

type callback struct{}

type method struct{}

func global() object                             { return object{} }
func seam(string) object                         { return object{} }
func tandem() object                             { return object{} }
func none() object                               { return object{} }
func create(string) object                       { return object{} }
func (object) there() bool                       { return false }
func (object) get(string) object                 { return object{} }
func (object) set(string, any)                   {}
func (object) call(string, ...any) object        { return object{} }
func (object) try(string, ...any) (object, bool) { return object{}, false }
func (object) str() string                       { return "" }
func (object) num() int                          { return 0 }
func (object) isString() bool                    { return false }
func (object) equal(object) bool                 { return true }
func (object) length() int                       { return 0 }
func (object) index(int) object                  { return object{} }
func (object) bytes() []byte                     { return nil }
func (object) then(func(object))                 {}
func (object) method(string) method              { return method{} }
func (method) call(string, string) bool          { return false }
func (method) release()                          {}
func (callback) release()                        {}
func listen(func([]object)) callback             { return callback{} }
func listenText(func(string)) callback           { return callback{} }
func first([]object) object                      { return object{} }
