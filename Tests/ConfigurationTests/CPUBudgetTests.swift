import Testing

@testable import Configuration

@Suite("CPUBudget")
struct CPUBudgetTests {
  private func count(affinity: Int = 8, _ files: [String: String]) -> Int {
    CPUBudget.count(affinity: affinity) { files[$0] }
  }

  @Test("without control groups it is what the scheduler allows")
  func noGroups() {
    #expect(count(affinity: 8, [:]) == 8)
    #expect(count(affinity: 1, [:]) == 1)
  }

  @Test("there is always one")
  func atLeastOne() {
    #expect(count(affinity: 0, [:]) == 1)
    #expect(
      count(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "50000 100000\n"]) == 1)
  }

  @Test(
    "version 2: the quota over the period, rounded down",
    arguments: [
      ("max 100000\n", 8), ("200000 100000\n", 2), ("250000 100000\n", 2), ("100000 50000\n", 2),
      ("1600000 100000\n", 8), ("99999 100000\n", 1),
    ])
  func versionTwo(text: String, cpus: Int) {
    #expect(count(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": text]) == cpus)
  }

  @Test("version 2: the tightest of the group and its ancestors binds")
  func ancestors() {
    let files = [
      "/proc/self/cgroup": "0::/kubepods/pod1/c\n",
      "/sys/fs/cgroup/kubepods/pod1/c/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/kubepods/pod1/cpu.max": "300000 100000\n",
      "/sys/fs/cgroup/kubepods/cpu.max": "600000 100000\n",
    ]
    #expect(count(files) == 3)
  }

  @Test("version 1: the quota over the period; -1 is none")
  func versionOne() {
    var files = [
      "/proc/self/cgroup": "11:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n0::/docker/x\n",
      "/sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us": "400000\n",
      "/sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us": "100000\n",
    ]
    #expect(count(files) == 4)
    files["/sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us"] = "-1\n"
    #expect(count(files) == 8)
  }

  @Test(
    "version 1 in a container: the files are at the mount, whatever the group is called outside")
  func containersMount() {
    let files = [
      "/proc/self/cgroup": "1:cpu:/docker/of-the-machine\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    ]
    #expect(count(files) == 2)
  }

  @Test("cpuset and cpuacct alone have no quota")
  func otherControllers() {
    let text = "3:cpuset:/\n2:cpuacct:/\n"
    #expect(ControlGroup.all(in: text).isEmpty)
  }

  @Test(
    "what cannot be understood is no quota",
    arguments: ["", "\n", "max", "100000", "a b", "0 100000", "100000 0", "-5 100000", "1 2 3"])
  func nonsense(text: String) {
    #expect(count(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": text]) == 8)
  }

  @Test("lines of /proc/self/cgroup that cannot be understood are passed over")
  func nonsenseGroups() {
    #expect(ControlGroup.all(in: "\n::\nnonsense\n1:2\n").map(\.path) == [""])
    #expect(ControlGroup(mount: "/m", path: "").directories == ["/m"])
    #expect(ControlGroup(mount: "/m", path: "/").directories == ["/m"])
    #expect(ControlGroup(mount: "/m", path: "/a/b").directories == ["/m/a/b", "/m/a", "/m"])
  }

  @Test("this machine has at least one")
  func thisMachine() {
    #expect(CPUBudget.current() >= 1)
  }
}
