"""What tests share: network namespaces, browsers, a bad network, the running product."""
