package session

// A Role is what a person is in a session.
type Role string

const (
	Interviewer Role = "interviewer" // holds the key
	Candidate   Role = "candidate"
)

// who is a set of roles.
type who uint8

const (
	nobody       who = 0
	interviewers who = 1 << iota
	candidates
	everyone = interviewers | candidates
)

func (w who) has(r Role) bool {
	switch r {
	case Interviewer:
		return w&interviewers != 0
	case Candidate:
		return w&candidates != 0
	}
	return false
}

// A rule says of a kind of event who may send it, who sees it, and whether the log keeps it.
// Kinds about a document are ruled by the document's row as well.
type rule struct {
	send, see who
	kept      bool
}

var rules = map[Kind]rule{
	KindCreate:   {nobody, everyone, true},
	KindJoined:   {nobody, everyone, true},
	KindLeft:     {nobody, everyone, true},
	KindCode:     {everyone, everyone, true},
	KindLanguage: {everyone, everyone, true},
	KindTitle:    {interviewers, everyone, true},
	KindLimit:    {interviewers, everyone, true},
	KindRunStart: {everyone, everyone, true},
	KindOutput:   {everyone, everyone, true},
	KindRunEnd:   {everyone, everyone, true},
	KindCursor:   {everyone, everyone, false},
	KindRunStop:  {everyone, everyone, false},
	KindStdin:    {everyone, everyone, false},
	KindPing:     {everyone, nobody, false},
	KindPong:     {everyone, nobody, false},
}

// DocCode is the text that every session has.
const DocCode = "code"

// docs says who may write and read each text of a session.
var docs = map[string]struct{ write, read who }{
	DocCode: {everyone, everyone},
}

// Kept tells whether events of the kind are stored in the log.
func Kept(k Kind) bool { return rules[k].kept }

// MaySend tells whether a person of the role may send the body.
func MaySend(r Role, b Body) bool {
	if !rules[b.Kind()].send.has(r) {
		return false
	}
	if d, ok := docOf(b); ok {
		return docs[d].write.has(r)
	}
	return true
}

// MaySee tells whether a person of the role may see the body.
func MaySee(r Role, b Body) bool {
	if !rules[b.Kind()].see.has(r) {
		return false
	}
	if d, ok := docOf(b); ok {
		return docs[d].read.has(r)
	}
	return true
}

// docOf names the text that a body is about, and says false where it is about none.
func docOf(b Body) (string, bool) {
	switch b := b.(type) {
	case CodeChange:
		return b.Doc, true
	case CursorChange:
		return b.Doc, true
	}
	return "", false
}
