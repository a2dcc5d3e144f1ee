#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>

#include "sandbox_probe.h"

namespace symphony::probe {
namespace {

std::string in(const Scene& scene, const char* path) { return scene.folder + "/" + path; }

int open_for(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  const int reason = failed(descriptor);
  if (descriptor >= 0) ::close(descriptor);
  return reason;
}

/// Reading is what counts, not opening.
int read_from(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  char byte = 0;
  const int reason = failed(::read(descriptor, &byte, 1));
  ::close(descriptor);
  return reason;
}

int list(const std::string& path) {
  DIR* folder = ::opendir(path.c_str());
  if (folder == nullptr) return errno;
  ::closedir(folder);
  return 0;
}

int there_and_back(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return errno;
  ::rename(to.c_str(), from.c_str());
  return 0;
}

int create(const std::string& path) {
  const int reason = open_for(path, O_WRONLY | O_CREAT | O_EXCL);
  if (reason == 0) ::unlink(path.c_str());
  return reason;
}

int watch(const std::string& path) {
  const int watcher = ::inotify_init1(IN_CLOEXEC);
  return watcher < 0 ? errno : failed(::inotify_add_watch(watcher, path.c_str(), IN_ALL_EVENTS));
}

int by_handle(const Scene& scene) {
  struct {
    file_handle head;
    unsigned char space[MAX_HANDLE_SZ];
  } handle{};
  std::ifstream file(in(scene, "workspace/handle"), std::ios::binary);
  file.read(reinterpret_cast<char*>(&handle), sizeof(handle));
  if (file.gcount() < static_cast<std::streamsize>(sizeof(file_handle))) return not_here;
  const int mount = ::open(in(scene, "workspace").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return mount < 0 ? errno : failed(::open_by_handle_at(mount, &handle.head, O_RDONLY | O_CLOEXEC));
}

int mount_over_data(const Scene& scene) {
  const std::string data = in(scene, "data");
  if (::mount("none", data.c_str(), "tmpfs", 0, nullptr) != 0) return errno;
  ::umount2(data.c_str(), MNT_DETACH);
  return 0;
}

int own_owner(const std::string& path) { return failed(::chown(path.c_str(), ::geteuid(), ::getegid())); }

int change_open_file(const std::string& path, int (*change)(int)) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  return descriptor < 0 ? errno : failed(change(descriptor));
}

}  // namespace

const std::vector<Probe>& file_probes() {
  using enum Expected;
  static const std::vector<Probe> probes{
      {"write the workspace", denied, [](const Scene& s) { return open_for(in(s, "workspace/file"), O_WRONLY); }},
      {"create in the workspace", denied, [](const Scene& s) { return create(in(s, "workspace/new")); }},
      {"make a folder in the workspace", denied,
       [](const Scene& s) {
         const std::string path = in(s, "workspace/folder");
         const int reason = failed(::mkdir(path.c_str(), 0700));
         ::rmdir(path.c_str());
         return reason;
       }},
      {"rename in the workspace", denied,
       [](const Scene& s) { return there_and_back(in(s, "workspace/file"), in(s, "workspace/other")); }},
      {"move the workspace's file to the own data", denied,
       [](const Scene& s) { return there_and_back(in(s, "workspace/file"), in(s, "data/file")); }},
      {"truncate in the workspace", denied,
       [](const Scene& s) { return failed(::truncate(in(s, "workspace/file").c_str(), 5)); }},
      {"read outside", denied, [](const Scene& s) { return read_from(in(s, "outside/secret")); }},
      {"list outside", denied, [](const Scene& s) { return list(in(s, "outside")); }},
      {"create outside", denied, [](const Scene& s) { return create(in(s, "outside/new")); }},
      {"read outside by the workspace's symbolic link", denied,
       [](const Scene& s) { return read_from(in(s, "workspace/link")); }},
      {"read outside by an own symbolic link", denied,
       [](const Scene& s) {
         const std::string link = in(s, "data/link");
         if (::symlink(in(s, "outside/secret").c_str(), link.c_str()) != 0) return errno;
         const int reason = read_from(link);
         ::unlink(link.c_str());
         return reason;
       }},
      {"read outside by ..", denied, [](const Scene& s) { return read_from(in(s, "workspace/../outside/secret")); }},
      {"hard link from outside", denied,
       [](const Scene& s) {
         const std::string link = in(s, "data/hard");
         const int reason = failed(::link(in(s, "outside/secret").c_str(), link.c_str()));
         ::unlink(link.c_str());
         return reason;
       }},
      {"move from outside", denied,
       [](const Scene& s) { return there_and_back(in(s, "outside/secret"), in(s, "data/stolen")); }},
      {"read outside by a file handle", denied, by_handle},
      {"read /etc/passwd", denied, [](const Scene&) { return read_from("/etc/passwd"); }},
      {"read the home folder of root", denied, [](const Scene&) { return list("/root"); }},
      {"write below /tmp", denied,
       [](const Scene&) { return create("/tmp/symphony-probe-" + std::to_string(::getpid())); }},
      {"write below /dev/shm", denied,
       [](const Scene&) { return create("/dev/shm/symphony-probe-" + std::to_string(::getpid())); }},
      {"write into /usr", denied,
       [](const Scene&) { return create("/usr/symphony-probe-" + std::to_string(::getpid())); }},
      {"open a disk", denied, [](const Scene&) { return open_for("/dev/vda", O_RDONLY); }},
      {"make a device", denied,
       [](const Scene& s) {
         const std::string path = in(s, "data/device");
         const int reason = failed(::mknod(path.c_str(), S_IFCHR | 0600, ::makedev(1, 3)));
         ::unlink(path.c_str());
         return reason;
       }},
      {"mount", denied, mount_over_data},
      {"open a tree of mounts", denied,
       [](const Scene& s) {
         return failed(::syscall(SYS_open_tree, AT_FDCWD, in(s, "data").c_str(), 1U /* OPEN_TREE_CLONE */));
       }},
      {"chroot", denied, [](const Scene& s) { return failed(::chroot(in(s, "data").c_str())); }},
      {"chmod outside", denied, [](const Scene& s) { return failed(::chmod(in(s, "outside/secret").c_str(), 0600)); }},
      {"chmod in the workspace by an open file", denied,
       [](const Scene& s) {
         return change_open_file(in(s, "workspace/file"), [](int file) { return ::fchmod(file, 0644); });
       }},
      {"chown outside", denied, [](const Scene& s) { return own_owner(in(s, "outside/secret")); }},
      {"utime outside", denied,
       [](const Scene& s) { return failed(::utimensat(AT_FDCWD, in(s, "outside/secret").c_str(), nullptr, 0)); }},
      {"utime in the workspace by an open file", denied,
       [](const Scene& s) {
         return change_open_file(in(s, "workspace/file"), [](int file) { return ::futimens(file, nullptr); });
       }},
      {"extended attribute outside", denied,
       [](const Scene& s) {
         const int reason = failed(::setxattr(in(s, "outside/secret").c_str(), "user.probe", "x", 1, 0));
         return reason == ENOTSUP ? not_here : reason;
       }},
      // Where programs may change metadata, only bubblewrap binds that to what they may write.
      {"chmod outside, where metadata may be changed", hole,
       [](const Scene& s) { return failed(::chmod(in(s, "outside/secret").c_str(), 0600)); }, With::programs},
      {"stat outside", hole,
       [](const Scene& s) {
         struct stat status {};
         return failed(::stat(in(s, "outside/secret").c_str(), &status));
       }},
      {"watch outside with inotify", hole, [](const Scene& s) { return watch(in(s, "outside")); }},
  };
  return probes;
}

namespace {

int write_own(const Scene& scene) {
  const std::string path = in(scene, "data/own");
  std::ofstream(path) << "text";
  const int reason = there_and_back(path, in(scene, "data/renamed"));
  return reason != 0 ? reason : failed(::unlink(path.c_str()));
}

}  // namespace

std::vector<Probe> allowed_file_probes();
std::vector<Probe> allowed_file_probes() {
  using enum Expected;
  return {
      {"allowed: read the workspace", allowed, [](const Scene& s) { return read_from(in(s, "workspace/file")); }},
      {"allowed: list the workspace", allowed, [](const Scene& s) { return list(in(s, "workspace")); }},
      {"allowed: watch the workspace with inotify", allowed, [](const Scene& s) { return watch(in(s, "workspace")); }},
      {"allowed: write, rename, delete own data", allowed, write_own},
      {"allowed: read the system's programs", allowed, [](const Scene&) { return list("/usr/bin"); }},
      {"allowed: write to /dev/null", allowed, [](const Scene&) { return open_for("/dev/null", O_WRONLY); }},
      {"allowed: read /proc/self/maps", allowed, [](const Scene&) { return read_from("/proc/self/maps"); }},
  };
}

}  // namespace symphony::probe
