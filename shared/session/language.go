package session

// A Language is what a session's code can be written in.
type Language struct {
	ID      string // on the wire and in the log
	Label   string // for people
	Editor  string // Monaco's id
	File    string // the name that error messages give the code
	Starter string // the text of a new session
}

// Languages lists the languages in the order in which they are offered; the first is the default.
var Languages = []Language{
	{
		ID: "python", Label: "Python", Editor: "python", File: "main.py",
		Starter: "def greet(name):\n    return f\"Hello, {name}!\"\n\n\nprint(greet(\"world\"))\n",
	},
	{
		ID: "javascript", Label: "JavaScript", Editor: "javascript", File: "main.js",
		Starter: "function greet(name) {\n  return `Hello, ${name}!`;\n}\n\nconsole.log(greet(\"world\"));\n",
	},
}

// LookupLanguage finds a language by its id.
func LookupLanguage(id string) (Language, bool) {
	for _, l := range Languages {
		if l.ID == id {
			return l, true
		}
	}
	return Language{}, false
}
