package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"tandem/server/room"
	"tandem/shared/session"
)

const (
	deleteWithin = 30 * time.Second // for the journal to delete a session
	logWithin    = 5 * time.Minute  // for a client to take a log
)

// key is the interviewer's key, which comes in a header alone: URLs end up in logs and histories.
func key(r *http.Request) string {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// allowed says whether a request's address may ask about a session; where it has asked too often, it answers.
func (s *Server) allowed(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Cache-Control", "no-store")
	ok := s.allow(session.KindJoin, s.address(r))
	if !ok {
		w.Header().Set("Retry-After", "60")
		text(w, http.StatusTooManyRequests, "Too much was asked of the server at once. Try again in a minute.\n")
	}
	return ok
}

// seekSession tells whether there is such a session, as a join would: {"missing":true} or {}. That is no 404, of which a
// browser makes an error on the console of a page that only asks.
func (s *Server) seekSession(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(w, r) {
		return
	}
	there, err := s.cfg.Rooms.Has(r.Context(), r.PathValue("id"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct { // the client went away: nobody to tell
		Missing bool `json:"missing,omitempty"`
	}{!there})
}

// unlocked gives a request's key; where there is none, or its address has asked too often, it answers.
func (s *Server) unlocked(w http.ResponseWriter, r *http.Request) (string, bool) {
	if !s.allowed(w, r) {
		return "", false
	}
	k := key(r)
	if k == "" {
		w.Header().Set("WWW-Authenticate", `Bearer realm="tandem"`)
		text(w, http.StatusUnauthorized, "This needs the interviewer's key, as Authorization: Bearer KEY.\n")
		return "", false
	}
	return k, true
}

// deleteSession removes a session at once and for good.
func (s *Server) deleteSession(w http.ResponseWriter, r *http.Request) {
	key, ok := s.unlocked(w, r)
	if !ok {
		return
	}
	// Not by the request's own time: half a deletion helps nobody.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), deleteWithin)
	defer cancel()
	if err := s.cfg.Rooms.Delete(ctx, r.PathValue("id"), key); err != nil {
		s.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// serveLog gives a session's events, one a line.
func (s *Server) serveLog(w http.ResponseWriter, r *http.Request) {
	key, ok := s.unlocked(w, r)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), logWithin)
	defer cancel()
	id, out, begun := r.PathValue("id"), bufio.NewWriterSize(w, 32<<10), false
	err := s.cfg.Rooms.Log(ctx, id, key, func(event []byte) error {
		if !begun {
			begun = true
			w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
			w.Header().Set("Content-Disposition", `attachment; filename="`+id+`.jsonl"`)
		}
		out.Write(event)
		return out.WriteByte('\n')
	})
	if err == nil {
		err = out.Flush()
	}
	switch {
	case err == nil:
	case !begun:
		s.refuse(w, r, err)
	default:
		s.cfg.Log.Warn("log not sent to its end", "session", id, "error", err)
		panic(http.ErrAbortHandler) // the client must not take it for the whole
	}
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, room.ErrNoSession):
		text(w, http.StatusNotFound, "There is no such session.\n")
	case errors.Is(err, room.ErrNotAllowed):
		text(w, http.StatusForbidden, "That is not this session's interviewer's key.\n")
	case errors.Is(err, context.Canceled): // the client went away: nobody to tell
	case room.IsDamaged(err):
		s.cfg.Log.Error("session is damaged", "method", r.Method, "session", r.PathValue("id"), "error", err)
		text(w, http.StatusInternalServerError, "This session's log is damaged. Whoever runs the server can take out what is left of it, and delete it: "+
			"tandem export, tandem delete.\n")
	default:
		s.cfg.Log.Error("request failed", "method", r.Method, "session", r.PathValue("id"), "error", err)
		text(w, http.StatusServiceUnavailable, "That can't be done just now.\n")
	}
}
