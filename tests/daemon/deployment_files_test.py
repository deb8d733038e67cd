#!/usr/bin/env python3
"""What is deployed fits together: versions, flags and configurations of config/kubernetes, config/prometheus and the Dockerfile."""
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import run  # noqa: E402
from web_config_test import WebConfigTest  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
# promtool of Debian is built without the discovery of Kubernetes.
DISCOVERY = re.compile(r"    kubernetes_sd_configs:\n(?:      .*\n)+")


class DeploymentFiles(WebConfigTest):
    def test_each_names_the_version_of_the_tree(self):
        version = (ROOT / "VERSION").read_text().split()[0]
        self.assertIn('org.opencontainers.image.version="%s"' % version, (ROOT / "Dockerfile").read_text())
        self.assertIn("newTag: %s}" % version, (CONFIG / "kubernetes" / "base" / "kustomization.yaml").read_text())

    def test_the_daemon_takes_the_configurations_and_the_flags(self):
        files = sorted((CONFIG / "kubernetes").glob("*/batchslo.yml"))
        self.assertEqual(len(files), 2)
        flags = re.findall(r"^ +- (--.*)$", (CONFIG / "kubernetes" / "base" / "deployment.yaml").read_text(), re.M)
        self.assertEqual(len(flags), 3)
        for file in files:
            self.assertEqual(run("check", "config", str(file))[::2], (0, ""), file)
            self.assertEqual(run("--config.check", "--config.file=" + str(file), *flags[1:])[0], 0)

    def test_the_rules_of_the_operator_are_made_of_the_rules(self):
        component = CONFIG / "kubernetes" / "components" / "prometheus-operator"
        try:
            subprocess.run([sys.executable, str(component / "generate"), self.path("rules.yaml")], check=True, capture_output=True)
        except subprocess.CalledProcessError as fault:
            self.skipTest("python3-yaml is not there: %s" % fault.stderr.decode().splitlines()[-1])
        self.assertEqual(Path(self.path("rules.yaml")).read_text(), (component / "rules.yaml").read_text(), "run %s/generate" % component)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not there")
    def test_prometheus_takes_the_samples(self):
        self.authority("ca")
        self.issue("client", "ca", "DNS:prometheus.example")
        self.write("password", "secret")
        samples = sorted((CONFIG / "prometheus").glob("*.yml"))
        self.assertEqual([path.stem for path in samples], ["kubernetes", "static", "tls"])
        for sample in samples:
            text = DISCOVERY.sub("", sample.read_text()).replace("/etc/prometheus/batchslo", self.folder)
            done = subprocess.run(["promtool", "check", "config", self.write("prometheus.yml", text)], capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
