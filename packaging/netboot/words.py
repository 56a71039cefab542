"""What regain-netboot says, in French and English. Every sentence stands in the code in English; this table has its
French. A test compares the two (tests/netboot)."""

import os
import sys
import threading
import time

FRENCH = {
    # --- refusals, with what to do
    "the network card {card} is not there; there are: {cards}": "la carte réseau {card} n’existe pas ; il y a : {cards}",
    "the network card {card} has no IPv4 address": "la carte réseau {card} n’a pas d’adresse IPv4",
    "For a cable of its own, without another DHCP server: {command}":
        "Pour un réseau à part, sans autre serveur DHCP : {command}",
    "the network card {card} has no cable, or the switch is off": "la carte réseau {card} n’a pas de câble, ou le commutateur est éteint",
    "only root can answer DHCP and TFTP": "seul root peut répondre en DHCP et en TFTP",
    "Start it with sudo, or with --http-only beside a DHCP server of your own.":
        "Lancez-le avec sudo, ou avec --http-only à côté d’un serveur DHCP à vous.",
    "the program {program} is missing": "le programme {program} manque",
    "Install the package {package}: apt install {package}": "Installez le paquet {package} : apt install {package}",
    "the port {port} of {address} is taken by another program": "le port {port} de {address} est pris par un autre programme",
    "Choose another one with --port, or stop the other program (ss -ltnp shows it).":
        "Choisissez-en un autre avec --port, ou arrêtez l’autre programme (ss -ltnp le montre).",
    "the port {port} of {address} can't be used: {reason}": "le port {port} de {address} est inutilisable : {reason}",
    "the range {range} is not two addresses of the network {network}":
        "la plage {range} n’est pas faite de deux adresses du réseau {network}",
    "the range {range} holds the address of this machine, {address}":
        "la plage {range} contient l’adresse de cette machine, {address}",
    "the network {network} is too small": "le réseau {network} est trop petit",
    "another DHCP server answers on {card}: {server}": "un autre serveur DHCP répond sur {card} : {server}",
    "Use --proxy beside it, or take its cable out of this network.":
        "Utilisez --proxy pour travailler à côté de lui, ou débranchez-le de ce réseau.",
    "no DHCP server answers on {card}: with --proxy another one must give the addresses; trying all the same":
        "aucun serveur DHCP ne répond sur {card} : avec --proxy, un autre doit donner les adresses ; on essaie quand même",
    "{file} can't be read: {reason}": "{file} ne peut pas être lu : {reason}",
    "{file} is not an ISO of Regain": "{file} n’est pas une image ISO de Regain",
    "{file} is damaged: {name}": "{file} est abîmé : {name}",
    "{file} is an older ISO of Regain, which does not start from the network":
        "{file} est une ancienne image ISO de Regain, qui ne démarre pas par le réseau",
    "Copy it again, or make it again: ./bootstrap usb": "Copiez-la de nouveau, ou refaites-la : ./bootstrap usb",
    "the folder {folder} is not there": "le dossier {folder} n’existe pas",
    "the folder {folder} can't be written: {reason}": "impossible d’écrire dans le dossier {folder} : {reason}",
    "the folder {folder} holds {size} of jobs, profiles and trust: more than {limit}":
        "le dossier {folder} contient {size} de travaux, profils et signataires de confiance : plus que {limit}",
    "dnsmasq ended: {reason}": "dnsmasq s’est arrêté : {reason}",
    "Another DHCP or TFTP server runs on this machine (ss -lunp shows it: dnsmasq, libvirt, tftpd-hpa).":
        "Un autre serveur DHCP ou TFTP tourne sur cette machine (ss -lunp le montre : dnsmasq, libvirt, tftpd-hpa).",
    # --- what it does
    "checking the ISO": "contrôle de l’image ISO",
    "asking whether another DHCP server is there": "y a-t-il déjà un serveur DHCP ?",
    "{iso}: {version}, intact": "{iso} : {version}, intacte",
    "machines on {card} get addresses {range} and start Regain": "les machines branchées sur {card} reçoivent les adresses {range} et démarrent Regain",
    "machines on {card} get their address from the DHCP server that is there, and Regain from here":
        "les machines branchées sur {card} reçoivent leur adresse du serveur DHCP en place, et Regain d’ici",
    "HTTP only: no DHCP and no TFTP": "HTTP seulement : ni DHCP ni TFTP",
    "system and images: {url}": "système et images : {url}",
    "images from {folder}: {names}": "images de {folder} : {names}",
    "images from {folder}: none yet": "images de {folder} : aucune pour l’instant",
    "records arrive in {folder}": "les certificats et registres arrivent dans {folder}",
    "Who controls this network controls the machines that start from it: connect no one else. Ctrl+C stops.":
        "Qui maîtrise ce réseau maîtrise les machines qui en démarrent : n’y branchez personne d’autre. Ctrl+C arrête.",
    "stopped": "arrêté",
    # --- what arrives
    "{client} starts ({kind})": "{client} démarre ({kind})",
    "{client} got its address ({mac})": "{client} a reçu son adresse ({mac})",
    "{client} reads the kernel": "{client} lit le noyau",
    "{client} reads the system": "{client} lit le système",
    "{client} has the system and shows Regain": "{client} a le système et affiche Regain",
    "{client} reads the image {name}": "{client} lit l’image {name}",
    "{client}, station {station}: certificate {name}": "{client}, poste {station} : certificat {name}",
    "{client}, station {station}: a job begins ({name})": "{client}, poste {station} : un travail commence ({name})",
    "{client}, station {station}: the job has ended ({name})": "{client}, poste {station} : le travail est fini ({name})",
    "{client}: refused: {reason}": "{client} : refusé : {reason}",
    "no address is left: choose a larger --range": "plus aucune adresse libre : choisissez une plage (--range) plus grande",
    "FULL: {folder} has no room left; the records of {client} were not taken":
        "PLEIN : plus de place dans {folder} ; les documents de {client} n’ont pas été pris",
}


def choose_language(wanted=None):
    """As `regain` does: --lang, REGAIN_LANG, the locale where it names French or English, then French."""
    candidates = [wanted] + [os.environ.get(name) for name in ("REGAIN_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")]
    for candidate in candidates:
        if candidate and candidate[:2] in ("fr", "en"):
            return candidate[:2]
    return "fr"


class Teller:
    """Prints one line at a time, whichever thread speaks."""

    def __init__(self, language, output=None):
        self.language, self.output = language, output or sys.stdout
        self.lock, self.told = threading.Lock(), {}

    def text(self, template, **values):
        if self.language == "fr":
            template = FRENCH[template]
        return template.format(**values)

    def _print(self, line):
        with self.lock:
            try:
                print(line, file=self.output, flush=True)
            except (OSError, ValueError):
                pass  # a terminal that was closed stops nobody's work

    def say(self, template, **values):
        """What the program does."""
        self._print(self.text(template, **values))

    def repeat(self, line):
        """Another program's own words."""
        self._print("    " + line)

    def tell(self, template, **values):
        """What arrives, with the time of day."""
        self._print(time.strftime("%H:%M:%S  ") + self.text(template, **values))

    def tell_once(self, template, pause_seconds=120, **values):
        """The same, unless it was told lately."""
        key, now = (template, tuple(sorted(values.items()))), time.monotonic()
        with self.lock:
            if now - self.told.get(key, -1e9) < pause_seconds:
                return
            if len(self.told) > 5000:
                self.told.clear()
            self.told[key] = now
        self.tell(template, **values)


class Refusal(Exception):
    """The program can't do what was asked; exit status and words."""

    def __init__(self, status, template, advice=None, **values):
        super().__init__(template)
        self.status, self.template, self.advice, self.values = status, template, advice, values

    def in_words(self, teller):
        lines = ["regain-netboot: " + self.text_of(teller, self.template)]
        if self.advice:
            lines.append(self.text_of(teller, self.advice))
        return "\n".join(lines)

    def text_of(self, teller, template):
        return teller.text(template, **self.values)
