// A self-signed certificate for public.test, *.public.test and other.test; it guards nothing and is used in tests only.

export const certificate = `-----BEGIN CERTIFICATE-----
MIIBuTCCAV6gAwIBAgIUAwiAQ3tBaJmBasnOD+7rpPAb04UwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLcHVibGljLnRlc3QwIBcNMjYxMTIxMDcxNTAxWhgPMjEyNjEw
MjgwNzE1MDFaMBYxFDASBgNVBAMMC3B1YmxpYy50ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAESc/xUqB5HcPL9UdCD/XXRwXPm6WiU8YeFTZ5LvhaAfHqr+JH
R2ceGoualsyVHidZnXossWZHpU5nhTpZP8+EB6OBhzCBhDAdBgNVHQ4EFgQUlN7x
vXBYFPLHJxpL1Bt36NoYxH4wHwYDVR0jBBgwFoAUlN7xvXBYFPLHJxpL1Bt36NoY
xH4wDwYDVR0TAQH/BAUwAwEB/zAxBgNVHREEKjAoggtwdWJsaWMudGVzdIINKi5w
dWJsaWMudGVzdIIKb3RoZXIudGVzdDAKBggqhkjOPQQDAgNJADBGAiEA3FAhM8Fk
oeevp+urePZT2z6rFe+ifMi5UY6uJ8rbrDACIQD+DcBVGw6OCeT4Novfdq3aA2/j
ASQI+47noofwBYVNfw==
-----END CERTIFICATE-----`;

export const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCxVWE3eNnBJchKA1
CeYLO9aeYZQbUwIiki4i08KkMwahRANCAARJz/FSoHkdw8v1R0IP9ddHBc+bpaJT
xh4VNnku+FoB8eqv4kdHZx4ai5qWzJUeJ1mdeiyxZkelTmeFOlk/z4QH
-----END PRIVATE KEY-----`;
