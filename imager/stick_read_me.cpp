#include "imager/stick_read_me.h"

#include <string_view>

namespace regain {
namespace {

constexpr std::string_view french =
    "Cette clé USB contient Regain : elle efface des ordinateurs donnés, les contrôle et y installe un\n"
    "système libre. ATTENTION : démarrer un ordinateur dessus peut mener à l'effacement de ses disques\n"
    "(par défaut, seulement après confirmation).\n"
    "\n"
    "Ce que l'on peut faire ici, depuis Windows, macOS ou Linux :\n"
    "\n"
    "  images        copier ici les images à installer (*.img.zst), même de plus de 4 Go\n"
    "  profiles      les profils (*.toml)\n"
    "  jobs          job.toml : ce que la clé fait sans poser de question ; sans ce fichier, rien\n"
    "  certificates  copies des certificats de chaque machine traitée (*.pdf, *.jws) et, ST-*.pem, de quoi\n"
    "                les contrôler : regain certificate verify FICHIER --trust ST-....pem\n"
    "\n"
    "Une image n'est installée que si la clé connaît celui qui l'a signée.\n"
    "\n"
    "Si Windows propose de formater un autre lecteur de cette clé, refuser : ce sont le système et le\n"
    "registre. Toujours éjecter la clé avant de la retirer.\n"
    "\n"
    "Mettre à jour : écrire le nouveau fichier ISO sur la clé entière (avec dd, ou « regain stick\n"
    "update ») ; ce qui se trouve ici est conservé.\n";

constexpr std::string_view english =
    "This USB stick holds Regain: it erases donated computers, checks them and installs a free system.\n"
    "CAUTION: starting a computer from it can lead to its disks being erased (by default only after a\n"
    "confirmation).\n"
    "\n"
    "What can be done here, from Windows, macOS or Linux:\n"
    "\n"
    "  images        copy images to install here (*.img.zst), over 4 GB too\n"
    "  profiles      the profiles (*.toml)\n"
    "  jobs          job.toml: what the stick does without asking; without this file, nothing\n"
    "  certificates  copies of the certificates of every machine (*.pdf, *.jws) and, ST-*.pem, what\n"
    "                to verify them with: regain certificate verify FILE --trust ST-....pem\n"
    "\n"
    "An image is only installed when the stick knows who signed it.\n"
    "\n"
    "If Windows offers to format another drive of this stick, refuse: those are the system and the\n"
    "registry. Always eject the stick before taking it out.\n"
    "\n"
    "Updating: write the new ISO file onto the whole stick (with dd, or \"regain stick update\"); what is\n"
    "here stays.\n";

std::string with_windows_lines(std::string_view text) {
    std::string lines;
    for (const char letter : text) {
        if (letter == '\n') lines += '\r';
        lines += letter;
    }
    return lines;
}

}  // namespace

std::string stick_read_me_in_french() {
    return with_windows_lines(french);
}

std::string stick_read_me_in_english() {
    return with_windows_lines(english);
}

}  // namespace regain
