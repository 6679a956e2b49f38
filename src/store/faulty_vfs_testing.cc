#include <sqlite3.h>

#include <cstring>
#include <new>

#include "store/fake_disk_testing.h"

namespace hinomi::store {
namespace {

struct FakeSqliteFile {
  sqlite3_file base;  // First, since SQLite knows only this part.
  FakeDisk* disk;
  std::string* path;
  bool remove_at_close;
};

FakeSqliteFile& Of(sqlite3_file* file) {
  return *reinterpret_cast<FakeSqliteFile*>(file);
}
FakeDisk& DiskOf(sqlite3_vfs* vfs) {
  return *static_cast<FakeDisk*>(vfs->pAppData);
}

int CodeOf(FakeDisk::Outcome outcome, int io_code) {
  switch (outcome) {
    case FakeDisk::Outcome::kDone:
      return SQLITE_OK;
    case FakeDisk::Outcome::kFull:
      return SQLITE_FULL;
    case FakeDisk::Outcome::kMissing:
    case FakeDisk::Outcome::kIo:
      return io_code;
  }
  return io_code;
}

int Close(sqlite3_file* file) {
  FakeSqliteFile& fake = Of(file);
  if (fake.remove_at_close) fake.disk->Remove(*fake.path, true);
  delete fake.path;
  return SQLITE_OK;
}

int Read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  FakeSqliteFile& fake = Of(file);
  std::string bytes;
  const auto outcome =
      fake.disk->Read(*fake.path, static_cast<uint64_t>(offset), static_cast<size_t>(size), bytes);
  if (outcome != FakeDisk::Outcome::kDone) return SQLITE_IOERR_READ;
  std::memcpy(out, bytes.data(), bytes.size());
  if (bytes.size() == static_cast<size_t>(size)) return SQLITE_OK;
  std::memset(static_cast<char*>(out) + bytes.size(), 0, static_cast<size_t>(size) - bytes.size());
  return SQLITE_IOERR_SHORT_READ;
}

int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  FakeSqliteFile& fake = Of(file);
  return CodeOf(fake.disk->Write(
                    *fake.path, static_cast<uint64_t>(offset),
                    std::string_view(static_cast<const char*>(bytes), static_cast<size_t>(size))),
                SQLITE_IOERR_WRITE);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  return CodeOf(Of(file).disk->Truncate(*Of(file).path, static_cast<uint64_t>(size)),
                SQLITE_IOERR_TRUNCATE);
}

int Sync(sqlite3_file* file, int) {
  return CodeOf(Of(file).disk->Sync(*Of(file).path), SQLITE_IOERR_FSYNC);
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(Of(file).disk->Size(*Of(file).path).value_or(0));
  return SQLITE_OK;
}

// One connection only: every lock is free.
int Lock(sqlite3_file*, int) {
  return SQLITE_OK;
}
int CheckReservedLock(sqlite3_file*, int* held) {
  *held = 0;
  return SQLITE_OK;
}
int FileControl(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int SectorSize(sqlite3_file*) {
  return 512;
}
// What SQLite's own VFS promises, and no more: a torn write leaves the bytes
// beside it alone, but is not atomic even within a sector. Without that promise
// SQLite would fill the log up to a sector with frames that it does not sync,
// and a sync that fails afterwards would lose them under later commits: a log
// that no real data directory has.
int DeviceCharacteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

const sqlite3_io_methods kMethods = [] {
  sqlite3_io_methods methods{};
  methods.iVersion = 1;  // No shared memory: the store locks its file exclusively.
  methods.xClose = Close;
  methods.xRead = Read;
  methods.xWrite = Write;
  methods.xTruncate = Truncate;
  methods.xSync = Sync;
  methods.xFileSize = FileSize;
  methods.xLock = Lock;
  methods.xUnlock = Lock;
  methods.xCheckReservedLock = CheckReservedLock;
  methods.xFileControl = FileControl;
  methods.xSectorSize = SectorSize;
  methods.xDeviceCharacteristics = DeviceCharacteristics;
  return methods;
}();

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  FakeDisk& disk = DiskOf(vfs);
  FakeSqliteFile& fake = Of(file);
  fake.base.pMethods = nullptr;  // Else SQLite would close what was not opened.
  if (disk.off()) return SQLITE_CANTOPEN;
  const std::string path = name != nullptr ? name : "temporary";
  if (!disk.Exists(path)) {
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    disk.Create(path);
  }
  fake.base.pMethods = &kMethods;
  fake.disk = &disk;
  fake.path = new std::string(path);
  fake.remove_at_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  const auto outcome = DiskOf(vfs).Remove(name, sync_directory != 0);
  if (outcome == FakeDisk::Outcome::kMissing) return SQLITE_IOERR_DELETE_NOENT;
  return CodeOf(outcome, SQLITE_IOERR_DELETE);
}

int Access(sqlite3_vfs* vfs, const char* name, int, int* result) {
  *result = DiskOf(vfs).Exists(name) ? 1 : 0;
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

// Seeded, so that a run replays exactly.
int Randomness(sqlite3_vfs* vfs, int size, char* out) {
  for (int i = 0; i < size; ++i) out[i] = static_cast<char>(DiskOf(vfs).random().Next());
  return size;
}

int Sleep(sqlite3_vfs*, int) {
  return 0;
}
int CurrentTime(sqlite3_vfs*, double* day) {
  *day = 2'460'000;
  return SQLITE_OK;
}
int GetLastError(sqlite3_vfs*, int, char*) {
  return 0;
}

}  // namespace

struct FakeDiskVfs::Registration {
  sqlite3_vfs vfs{};
};

FakeDiskVfs::FakeDiskVfs(FakeDisk& disk)
    : name_("fake-disk-" + std::to_string(reinterpret_cast<uintptr_t>(&disk))),
      registration_(std::make_unique<Registration>()) {
  sqlite3_vfs& vfs = registration_->vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(FakeSqliteFile);
  vfs.mxPathname = 512;
  vfs.zName = name_.c_str();
  vfs.pAppData = &disk;
  vfs.xOpen = Open;
  vfs.xDelete = Delete;
  vfs.xAccess = Access;
  vfs.xFullPathname = FullPathname;
  vfs.xRandomness = Randomness;
  vfs.xSleep = Sleep;
  vfs.xCurrentTime = CurrentTime;
  vfs.xGetLastError = GetLastError;
  HN_CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

FakeDiskVfs::~FakeDiskVfs() {
  sqlite3_vfs_unregister(&registration_->vfs);
}

}  // namespace hinomi::store
