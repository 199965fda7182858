# Unpacks what APT downloaded into a folder that is copied over a base image of the same Debian release.
# Arguments: the folder; the number and the home of the user the image runs as; packages to leave out.
root=$1 user=$2 home=$3
shift 3
mkdir -p "$root/var/lib/dpkg/status.d" "$root/usr/lib" "$root/etc"

for package in "$@"; do
    rm -f /var/cache/apt/archives/"$package"_*.deb
done

# One description for each package, where scanners of images look for packages nobody installed with dpkg.
for file in /var/cache/apt/archives/*.deb; do
    dpkg-deb --extract "$file" "$root"
    dpkg-deb --field "$file" > "$root/var/lib/dpkg/status.d/$(dpkg-deb --field "$file" Package)"
done

# Debian's packages still name /bin and /lib, which are links into /usr on every system: a folder would replace the link.
for old in bin sbin lib; do
    if [ -d "$root/$old" ]; then
        mkdir -p "$root/usr/$old"
        cp -a "$root/$old/." "$root/usr/$old/"
        rm -r "${root:?}/$old"
    fi
done

# Licences stay with what they cover.
find "$root/usr/share/doc" -type f ! -name copyright -delete
find "$root/usr/share/doc" -type d -empty -delete
rm -rf "$root/usr/share/man" "$root/usr/share/info" "$root/usr/share/locale" "$root/usr/share/lintian" \
    "$root/usr/share/bug" "$root/usr/share/bash-completion" "$root/usr/share/zsh" "$root/usr/share/fish" "$root/etc/init.d"

# ssh refuses to work for a user without a name.
sed "\$afedbake:x:$user:$user::$home:/usr/sbin/nologin" /etc/passwd > "$root/etc/passwd"
sed "\$afedbake:x:$user:" /etc/group > "$root/etc/group"
install -d -o "$user" -g "$user" "$root$home" "$root$home/state" "$root$home/cache"
find "$root" -newermt '@1735689600' -exec touch --no-dereference --date='@1735689600' {} +
