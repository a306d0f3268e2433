package session

// A Language is what a session's code can be written in.
type Language struct {
	ID      string // on the wire and in the log
	Label   string // for people
	Editor  string // Monaco's id
	File    string // the name that error messages give the code
	Starter string // the text of a new session
}

// One text for both engines: a change between them leaves it as it is.
const starterJS = "function greet(name) {\n  return `Hello, ${name}!`;\n}\n\nconsole.log(greet(\"world\"));\n"

// Languages lists the languages in the order in which they are offered; the first is the default.
var Languages = []Language{
	{
		ID: "python", Label: "Python", Editor: "python", File: "main.py",
		Starter: "def greet(name):\n    return f\"Hello, {name}!\"\n\n\nprint(greet(\"world\"))\n",
	},
	{
		ID: "javascript", Label: "JavaScript", Editor: "javascript", File: "main.js", Starter: starterJS,
	},
	{
		ID: "typescript", Label: "TypeScript", Editor: "typescript", File: "main.ts",
		Starter: "function greet(name: string): string {\n  return `Hello, ${name}!`;\n}\n\nconsole.log(greet(\"world\"));\n",
	},
	{
		ID: "go", Label: "Go", Editor: "go", File: "main.go",
		Starter: "package main\n\nimport \"fmt\"\n\nfunc greet(name string) string {\n\treturn \"Hello, \" + name + \"!\"\n}\n\n" +
			"func main() {\n\tfmt.Println(greet(\"world\"))\n}\n",
	},
	{
		ID: "sql", Label: "SQL", Editor: "sql", File: "main.sql",
		Starter: "CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n" +
			"CREATE TABLE person (name TEXT NOT NULL, team INTEGER REFERENCES team);\n\n" +
			"INSERT INTO team VALUES (1, 'Compilers'), (2, 'Engines');\n" +
			"INSERT INTO person VALUES ('Grace', 1), ('Ada', 2), ('Charles', 2);\n\n" +
			"SELECT team.name AS team, count(*) AS people\nFROM team JOIN person ON person.team = team.id\nGROUP BY team.id\nORDER BY people DESC;\n",
	},
	{
		ID: "javascript-v8", Label: "JavaScript (V8)", Editor: "javascript", File: "main.js", Starter: starterJS,
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
