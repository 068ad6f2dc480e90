//! What the kernel's sources give to `request_module()`: the names, and when. Each group of lines is
//! headed by the file that asks. A narrower template stands before the wider ones.

/// Names of one form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Family {
    /// The form: `#` is a number, `%` a text.
    pub(super) template: &'static str,
    /// When the kernel asks, after "when": `{0}` stands for the first part, `{family 0}` for the family
    /// of sockets of that number. Empty where nothing in the kernel asks.
    pub(super) when: &'static str,
    /// Modules are asked for by such a name without an alias.
    pub(super) takes_names: bool,
    /// What makes the kernel ask can be seen on a machine.
    pub(super) leaves_signs: bool,
}

/// By an alias; what makes the kernel ask can be seen.
const fn seen(template: &'static str, when: &'static str) -> Family {
    Family { template, when, takes_names: false, leaves_signs: true }
}

/// By an alias; what makes the kernel ask is not looked for.
const fn unseen(template: &'static str, when: &'static str) -> Family {
    Family { template, when, takes_names: false, leaves_signs: false }
}

/// By a module's name too.
const fn named(family: Family) -> Family {
    Family { takes_names: true, ..family }
}

/// Modules whose name has the form of a request, and nothing asks for them by it.
const NONE: [&str; 11] = [
    "dm_bio_prison",
    "dm_bufio",
    "dm_log",
    "dm_mod",
    "dm_persistent_data",
    "dm_region_hash",
    "ip_vs_ftp",
    "nls_ucs2_utils",
    "sch_mqprio_lib",
    "tcp_diag",
    "xt_tcpudp",
];

/// Whether a module's name only looks like a request.
pub(super) fn is_none(module: &[u8]) -> bool {
    NONE.iter().any(|name| name.as_bytes() == module)
}

/// All of them.
pub(super) const FAMILIES: &[Family] = &[
    // fs/filesystems.c
    seen("fs-%", "a file system of type {0} is mounted"),
    // fs/nls/nls_base.c
    named(seen("nls_%", "a file system is mounted whose names are in the character set {0}")),
    // fs/exec.c
    unseen("binfmt-%", "a program is started that begins with bytes of this number, {0}"),
    // fs/nfs/pnfs.c
    unseen("nfs-layouttype4-#", "an NFS server offers the layout {0}"),
    // fs/char_dev.c
    seen("char-major-#-#", "a character device with the numbers {0}:{1} is opened"),
    seen("char-major-#", "a character device of the major {0} is opened"),
    // block/genhd.c
    seen("block-major-#-#", "a block device with the numbers {0}:{1} is opened"),
    seen("block-major-#", "a block device of the major {0} is opened"),
    // block/elevator.c
    named(seen("%-iosched", "the I/O scheduler {0} is chosen for a disk")),
    // net/netlink/genetlink.c
    unseen("net-pf-16-proto-16-family-%", "a program asks for the generic netlink family {0}"),
    // net/ipv4/inet_diag.c
    unseen(
        "net-pf-16-proto-4-type-#-#",
        "a program like ss lists sockets of {family 0} and the protocol {1}",
    ),
    // net/core/sock_diag.c
    unseen("net-pf-16-proto-4-type-#", "a program like ss lists sockets of {family 0}"),
    // net/netlink/af_netlink.c
    seen("net-pf-16-proto-#", "a netlink socket of the protocol {0} is opened"),
    // net/ipv4/af_inet.c, net/ipv6/af_inet6.c
    seen(
        "net-pf-#-proto-#-type-#",
        "a socket of {family 0}, the protocol {1} and the type {2} is opened",
    ),
    // the same, and drivers/net/ppp/pppox.c
    seen("net-pf-#-proto-#", "a socket of {family 0} and the protocol {1} is opened"),
    // net/socket.c
    seen("net-pf-#", "a socket of {family 0} is opened"),
    // net/can/af_can.c
    seen("can-proto-#", "a socket of AF_CAN and the protocol {0} is opened"),
    // net/bluetooth/af_bluetooth.c
    seen("bt-proto-#", "a socket of AF_BLUETOOTH and the protocol {0} is opened"),
    // net/core/rtnetlink.c
    seen("rtnl-link-%", "a network interface of the kind {0} is made"),
    // net/core/lwtunnel.c
    unseen("rtnl-lwt-%", "a route with the encapsulation {0} is made"),
    // net/core/dev_ioctl.c
    unseen("netdev-%", "a program asks after the interface {0} before it is there"),
    // net/ipv4/tcp_ulp.c
    unseen("tcp-ulp-%", "a program puts {0} on a TCP connection"),
    // net/ipv4/tcp_cong.c
    named(seen("tcp_%", "the congestion control {0} is chosen, for all TCP or by a program")),
    // net/sched/sch_api.c, since 6.8 with the prefix net-
    seen("net-sch-%", "the queueing discipline {0} is chosen"),
    named(seen("sch_%", "the queueing discipline {0} is chosen")),
    // net/sched/cls_api.c
    unseen("net-cls-%", "a traffic filter {0} is made"),
    named(unseen("cls_%", "a traffic filter {0} is made")),
    // net/sched/act_api.c
    unseen("net-act-%", "a traffic action {0} is made"),
    named(unseen("act_%", "a traffic action {0} is made")),
    // net/sched/ematch.c
    unseen("ematch-kind-#", "a traffic filter with a match of the kind {0} is made"),
    // net/netfilter/nf_tables_api.c
    unseen("nft-chain-#-%", "a chain of nftables of the type {1} is made"),
    seen("nft-expr-#-%", "a rule of nftables uses {1}"),
    seen("nft-expr-%", "a rule of nftables uses {0}"),
    unseen("nft-obj-#", "an object of nftables of the type {0} is made"),
    unseen("nf-flowtable-#", "a flow table of nftables is made"),
    // net/netfilter/nfnetlink.c
    unseen("nfnetlink-subsys-#", "a program speaks to the part {0} of nfnetlink"),
    // net/netfilter/nf_log.c
    unseen("nf-logger-#-#", "a rule of a firewall logs"),
    // net/netfilter/nf_conntrack_helper.c
    unseen("nfct-helper-%", "a rule of a firewall names the helper {0}"),
    // net/netfilter/ipset/ip_set_core.c
    unseen("ip_set_%", "a set of ipset of the type {0} is made"),
    // net/netfilter/x_tables.c
    named(seen("iptable_%", "the table {0} of iptables is used")),
    named(seen("ip6table_%", "the table {0} of ip6tables is used")),
    named(seen("arptable_%", "the table {0} of arptables is used")),
    // net/bridge/netfilter/ebtables.c
    named(unseen("ebtable_%", "the table {0} of ebtables is used")),
    // net/netfilter/x_tables.c
    named(unseen("xt_%", "a rule of iptables uses {0}")),
    named(unseen("ipt_%", "a rule of iptables uses {0}")),
    named(unseen("ip6t_%", "a rule of ip6tables uses {0}")),
    named(unseen("arpt_%", "a rule of arptables uses {0}")),
    named(unseen("ebt_%", "a rule of ebtables uses {0}")),
    // net/netfilter/ipvs/ip_vs_pe.c, ip_vs_sched.c
    named(unseen("ip_vs_pe_%", "a service of IPVS uses the persistence engine {0}")),
    named(unseen("ip_vs_%", "a service of IPVS uses the scheduler {0}")),
    // net/xfrm/xfrm_state.c
    unseen("xfrm-type-#-#", "a state of IPsec of {family 0} and the protocol {1} is made"),
    unseen("xfrm-offload-#-#", "a state of IPsec of {family 0} and the protocol {1} is offloaded"),
    // net/l2tp/l2tp_netlink.c
    unseen("net-l2tp-type-#", "a session of L2TP of the type {0} is made"),
    // net/openvswitch/vport.c
    unseen("vport-type-#", "a port of Open vSwitch of the type {0} is made"),
    // net/sunrpc/auth_gss/gss_mech_switch.c
    unseen("rpc-auth-gss-%", "NFS or another user of RPC needs the GSS mechanism {0}"),
    // net/sunrpc/auth.c
    unseen("rpc-auth-#", "NFS or another user of RPC needs the authentication {0}"),
    // drivers/net/ppp/ppp_generic.c
    unseen("ppp-compress-#", "a connection of PPP uses the compression {0}"),
    // drivers/net/team/team.c, team_core.c
    unseen("team-mode-%", "a team of interfaces is set to the mode {0}"),
    // drivers/net/phy/phy_device.c
    seen("mdio:%", "a network device has a PHY with the identifier {0}"),
    // crypto/api.c: with `-all` where the algorithm alone was not enough
    seen("crypto-%-all", "the algorithm {0} is used"),
    seen("crypto-%", "the algorithm {0} is used"),
    // drivers/md/dm-cache-policy.c
    named(unseen("dm-cache-%", "a cache of device-mapper with the policy {0} is made")),
    // drivers/md/dm-log.c
    named(unseen("dm-log-%", "a mirror of device-mapper with the log {0} is made")),
    // drivers/md/dm-target.c
    named(seen("dm-%", "a device of device-mapper with the target {0} is made")),
    // drivers/md/md.c; no kernel since 2.6 asks by a number of a personality
    unseen("md-personality-#", ""),
    seen("md-level-#", "an array of the level {0} is made"),
    seen("md-%", "an array of the level {0} is made"),
    // drivers/tty/tty_ldisc.c
    unseen("tty-ldisc-#", "a terminal is set to the line discipline {0}"),
    // drivers/nvme/target/core.c
    unseen("nvmet-transport-#", "a port of the NVMe target with the transport {0} is made"),
    // drivers/infiniband/core/netlink.c, nldev.c
    unseen("rdma-netlink-subsys-#", "a program speaks to the part {0} of RDMA's netlink"),
    unseen("rdma-link-%", "an RDMA device of the kind {0} is made"),
    // mm/zpool.c
    unseen("zpool-%", "swapped memory is kept compressed by {0}"),
    // sound/core/sound.c, timer.c, seq/seq_clientmgr.c
    unseen("snd-card-#", "a device of the sound card {0} is opened before it is there"),
    unseen("snd-timer-#", "the timer {0} of the sound system is used"),
    unseen("snd-seq-client-#", "the client {0} of the sound sequencer is used"),
    // sound/sound_core.c
    unseen("sound-service-#-#", "an OSS device of the sound card {0} is opened"),
    unseen("sound-slot-#", "an OSS device of the sound card {0} is opened"),
    // include/linux/module.h: symbol_request()
    unseen("symbol:%", "another part of the kernel looks for {0}"),
];
