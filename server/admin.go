package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// adminSocket is where the process that serves a data folder takes commands: inside of the folder, which nobody but
// its owner can enter. There is no way to it from the network.
const adminSocket = "admin.sock"

// failure is the trailer that tells how a command ended; empty: well.
const failure = "Tandem-Failure"

// serveAdmin takes commands until it is stopped; those under way end with ctx. Where there can be no socket the server does
// without.
func serveAdmin(ctx context.Context, dir string, l local, log *slog.Logger) (stop func()) {
	path := filepath.Join(dir, adminSocket)
	os.Remove(path) // left by a process that was killed; the folder is ours
	listener, err := net.Listen("unix", path)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		log.Warn("no export, delete, backup and verify while this serves", "error", err)
		if listener != nil {
			listener.Close()
		}
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	h := &http.Server{Handler: adminHandler(l, log), BaseContext: func(net.Listener) context.Context { return ctx }}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = h.Serve(listener) // ends with stop
	}()
	return func() {
		cancel()
		within, end := context.WithTimeout(context.Background(), adminWithin)
		defer end()
		if h.Shutdown(within) != nil { // waits for a command to notice that it is over
			h.Close()
		}
		<-done
	}
}

func adminHandler(l local, log *slog.Logger) http.Handler {
	m := http.NewServeMux()
	for _, c := range commands {
		m.HandleFunc("POST /"+c.name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", failure)
			r.ParseForm() // what can't be read are no arguments
			args := r.PostForm["arg"]
			w.WriteHeader(http.StatusOK)
			err := c.check(args)
			if err == nil {
				err = c.do(r.Context(), l, args, w)
			}
			log.Info("asked for "+c.name, "arguments", args, "error", err)
			if err != nil {
				w.Header().Set(failure, url.QueryEscape(err.Error()))
			} else {
				w.Header().Set(failure, "-")
			}
		})
	}
	return m
}

// serving is another process, which serves the data folder.
type serving struct{ client *http.Client }

// dialAdmin gives the process that serves dir, nil where none does.
func dialAdmin(ctx context.Context, dir string) *serving {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", filepath.Join(dir, adminSocket))
	}
	conn, err := dial(ctx, "", "")
	if err != nil {
		return nil
	}
	conn.Close()
	return &serving{client: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

func (s *serving) close() { s.client.CloseIdleConnections() }

// ask has it carry out a command.
func (s *serving) ask(ctx context.Context, name string, args []string, out io.Writer) error {
	form := url.Values{"arg": args}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://tandem/"+name, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := s.client.Do(r)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	defer a.Body.Close()
	if _, err := io.Copy(out, a.Body); err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	switch said, err := url.QueryUnescape(a.Trailer.Get(failure)); {
	case err != nil || said == "":
		return fmt.Errorf("the server stopped before it was done with %s", name)
	case said != "-":
		return errors.New(said)
	}
	return nil
}
