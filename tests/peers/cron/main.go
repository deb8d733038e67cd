// The cron library of Kubernetes as an oracle. Each line of stdin is "AFTER<tab>ZONE<tab>EXPRESSION", AFTER in
// microseconds since 1970; each line of stdout has the next five ticks in seconds since 1970, "refused: WHY", or "hangs":
// around some changes of the clock the library walks for ever.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

func ticks(after int64, zone, expression string) (line string) {
	defer func() {
		if r := recover(); r != nil {
			line = fmt.Sprint("refused: ", r)
		}
	}()
	if strings.Contains(expression, "TZ") { // the API server refuses it, the library does not
		return "refused: use timeZone"
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return "refused: " + err.Error()
	}
	schedule, err := cron.ParseStandard(expression)
	if err != nil {
		return "refused: " + err.Error()
	}
	found := []string{}
	for t := time.UnixMicro(after).In(location); len(found) < 5; {
		t = schedule.Next(t)
		if t.IsZero() {
			break
		}
		found = append(found, strconv.FormatInt(t.Unix(), 10))
	}
	return strings.Join(found, " ")
}

const patience = 2 * time.Second

func ticksInTime(after int64, zone, expression string) string {
	answer := make(chan string, 1)
	go func() { answer <- ticks(after, zone, expression) }()
	select {
	case line := <-answer:
		return line
	case <-time.After(patience):
		return "hangs"
	}
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		parts := strings.SplitN(in.Text(), "\t", 3)
		after, err := strconv.ParseInt(parts[0], 10, 64)
		if err != nil || len(parts) != 3 {
			fmt.Fprintln(os.Stderr, "not a case:", in.Text())
			os.Exit(2)
		}
		fmt.Fprintln(out, strings.ReplaceAll(ticksInTime(after, parts[1], parts[2]), "\n", " "))
	}
}
