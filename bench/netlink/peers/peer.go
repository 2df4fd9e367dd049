// The Go peer of the netlink bench: github.com/vishvananda/netlink, one Handle that lives as long as the process.
//
//	peer WORKLOAD N CLASSES
//
// CLASSES is a file with a line "parent class-id" (decimal) per class. Each line on stdin is the number of a turn; the
// workload is then carried out once and a line of JSON says how long that took.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
	"sort"
	"strconv"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

const samples = 2000

type class struct{ parent, id uint32 }

var (
	handle  *netlink.Handle
	links   [2]netlink.Link
	classes []class
)

func check(err error) {
	if err != nil {
		log.Fatal("peer.go: ", err)
	}
}

func htb(i, turn int) *netlink.HtbClass {
	rate := uint64(10+turn%500) * 1000000
	return netlink.NewHtbClass(
		netlink.ClassAttrs{LinkIndex: links[0].Attrs().Index, Parent: classes[i].parent, Handle: classes[i].id},
		netlink.HtbClassAttrs{Rate: rate, Ceil: 2 * rate, Buffer: 1600, Cbuffer: 1600, Quantum: 1514})
}

func address(i int) net.IP { return net.IPv4(10, byte(i>>16), byte(i>>8), byte(i)).To4() }

func route(i, turn int) error {
	return handle.RouteReplace(&netlink.Route{LinkIndex: links[turn%2].Attrs().Index, Scope: netlink.SCOPE_LINK,
		Dst: &net.IPNet{IP: address(i), Mask: net.CIDRMask(32, 32)}})
}

func filter(i int) error {
	return handle.FilterAdd(&netlink.U32{
		FilterAttrs: netlink.FilterAttrs{LinkIndex: links[0].Attrs().Index, Parent: 0x10000, Priority: 1,
			Protocol: unix.ETH_P_IP, Handle: uint32(0x200000 | (i&255)<<12 | (1 + i/256))},
		ClassId: 0x10001,
		Hash:    uint32(0x200000 | (i&255)<<12),
		Sel: &netlink.TcU32Sel{Flags: nl.TC_U32_TERMINAL, Nkeys: 1,
			Keys: []netlink.TcU32Key{{Mask: 0xffffffff, Val: uint32(0x0a000000 + i), Off: 16}}},
	})
}

func run(workload string, n, turn int) int {
	if workload == "dump-classes" {
		list, err := handle.ClassList(links[0], 0)
		check(err)
		return len(list)
	}
	for i := 0; i < n; i++ {
		switch workload {
		case "change-classes":
			check(handle.ClassChange(htb(i, turn)))
		case "add-classes":
			check(handle.ClassAdd(htb(i, turn)))
		case "replace-routes":
			check(route(i, turn))
		case "add-filters":
			check(filter(i))
		case "add-links":
			check(handle.LinkAdd(&netlink.Ifb{LinkAttrs: netlink.LinkAttrs{Name: "n" + strconv.Itoa(i), TxQLen: -1}}))
		}
	}
	return n
}

func microseconds(since time.Time) float64 { return float64(time.Since(since).Nanoseconds()) / 1000 }

func changeOne(n, turn int) {
	times := make([]float64, samples)
	for i := range times {
		start := time.Now()
		check(handle.ClassChange(htb((i*7919+turn)%n, turn)))
		times[i] = microseconds(start)
	}
	sort.Float64s(times)
	fmt.Printf("{\"p50\":%.3f,\"p99\":%.3f}\n", times[samples/2], times[samples*99/100])
}

func main() {
	workload := os.Args[1]
	n, err := strconv.Atoi(os.Args[2])
	check(err)
	file, err := os.Open(os.Args[3])
	check(err)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var c class
		fmt.Sscan(lines.Text(), &c.parent, &c.id)
		classes = append(classes, c)
	}
	handle, err = netlink.NewHandle(unix.NETLINK_ROUTE)
	check(err)
	for i, name := range []string{"b0", "b1"} {
		links[i], err = handle.LinkByName(name)
		check(err)
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		turn, err := strconv.Atoi(lines.Text())
		check(err)
		if workload == "change-one" {
			changeOne(n, turn)
			continue
		}
		start := time.Now()
		count := run(workload, n, turn)
		fmt.Printf("{\"microseconds\":%.3f,\"count\":%d}\n", microseconds(start), count)
	}
}
