-- A database of its own for every program that keeps something; run once, when the server is new.
CREATE DATABASE poweroffice_simulator;
CREATE DATABASE huma_simulator;
CREATE DATABASE connector_config;
CREATE DATABASE employee_sync;
